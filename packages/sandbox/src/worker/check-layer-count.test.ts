import { describe, expect, it } from "vitest";
import { checkLayerCount } from "./check-layer-count.ts";

const links = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => (from + index).toString(36));

describe("the number of layers", () => {
  it("may be 499, since one more is that of mount points", () => {
    expect(() => checkLayerCount(links(499))).not.toThrow();
    expect(() => checkLayerCount(links(500))).toThrow(/of 500 layers: overlayfs stacks at most 499; join/);
  });

  it("may be 499 also when thousands have been linked before", () => {
    expect(() => checkLayerCount(links(499, 36 ** 3))).not.toThrow();
  });

  it("is less where the names do not fit into a page", () => {
    expect(() => checkLayerCount(links(499, 36 ** 6))).toThrow(
      expect.objectContaining({ code: "TOO_MANY_LAYERS" }),
    );
  });
});
