import { digestOf } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import { chainOf, extendChain } from "./chain-id.ts";

describe("chain IDs", () => {
  it("are the diff ID for one layer and a digest of both above", () => {
    const [a, b] = [digestOf("a"), digestOf("b")];
    expect(chainOf([])).toBeUndefined();
    expect(chainOf([a])).toBe(a);
    expect(chainOf([a, b])).toBe(digestOf(`${a} ${b}`));
    expect(extendChain(chainOf([a]), b)).toBe(chainOf([a, b]));
  });
});
