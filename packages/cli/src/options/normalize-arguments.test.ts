import { describe, expect, it } from "vitest";
import { normalizeArguments } from "./normalize-arguments.ts";
import { buildFlags } from "./build-flags.ts";

const normalize = (...args: string[]) => normalizeArguments(args, buildFlags);

describe("normalizeArguments", () => {
  it.each([
    [
      ["--push", "."],
      ["--push", "."],
    ],
    [
      ["--push=true", "."],
      ["--push", "."],
    ],
    [["--push=1"], ["--push"]],
    [["--push=false", "."], ["."]],
    [["--push", "--push=F", "."], ["."]],
    [["-q", "-q=false"], []],
    [["--no-cache=true"], ["--no-cache"]],
    [["-t=app"], ["-t", "app"]],
    [["--tag=app=x"], ["--tag=app=x"]],
    [
      ["--build-arg", "A=b"],
      ["--build-arg", "A=b"],
    ],
    [
      ["--", "--push=false"],
      ["--", "--push=false"],
    ],
  ])("makes of %j the arguments %j", (args, expected) => {
    expect(normalize(...args)).toEqual(expected);
  });

  it("refuses a switch that is neither true nor false", () => {
    expect(() => normalize("--push=maybe")).toThrow("neither true nor false");
  });
});
