import { describe, expect, it } from "vitest";
import { nodeArguments } from "./node-arguments.ts";

describe("the options of the worker's Node", () => {
  it("are those of ours that decide what is loaded", () => {
    const ours = [
      ...["--conditions=tsbuild:dist", "-C", "other", "--conditions", "third"],
      ...["--experimental-strip-types", "--no-warnings", "--disable-warning=ExperimentalWarning"],
    ];
    expect(nodeArguments(ours)).toEqual(ours);
  });

  it("are none of those that debug, preload, test or read files", () => {
    const ours = [
      ...["--inspect-brk=0.0.0.0:9229", "--import", "./hook.mjs", "--require=x", "-e", "code", "--test"],
      ...["--env-file=.env", "--max-old-space-size=100", "--experimental-vm-modules", "-C"],
    ];
    expect(nodeArguments(ours)).toEqual([]);
  });
});
