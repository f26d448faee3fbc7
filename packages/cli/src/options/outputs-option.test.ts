import { describe, expect, it } from "vitest";
import { parseOutputs, type OutputsContext } from "./outputs-option.ts";

const parse = (values: string[], context: Partial<OutputsContext> = {}) =>
  parseOutputs(values, {
    cwd: "/home/me",
    push: false,
    tags: ["docker.io/library/app:latest"],
    terminal: false,
    ...context,
  });

describe("parseOutputs", () => {
  it.each([
    [[], false, [{ type: "image", push: false }]],
    [[], true, [{ type: "image", push: true }]],
    [["out"], false, [{ type: "local", dest: "/home/me/out" }]],
    [
      ["out"],
      true,
      [
        { type: "local", dest: "/home/me/out" },
        { type: "image", push: true },
      ],
    ],
    [
      ["type=image", "type=tar,dest=-"],
      true,
      [
        { type: "image", push: true },
        { type: "tar", dest: "-" },
      ],
    ],
    [["type=cacheonly"], false, [{ type: "image", names: [] }]],
    [["type=cacheonly"], true, [{ type: "image", push: true }]],
  ])("makes of %j with --push=%s the outputs %j", (values, push, expected) => {
    expect(parse(values, { push }).outputs).toEqual(expected);
  });

  it("refuses to push an image without a name", () => {
    expect(() => parse([], { push: true, tags: [] })).toThrow("give it one with -t");
    expect(() => parse(["type=registry"], { tags: [] })).toThrow("give it one with -t");
    expect(parse(["type=registry,name=a.io/b"], { tags: [] }).outputs).toHaveLength(1);
  });

  it("refuses two streams on standard output, and any on a terminal", () => {
    expect(() => parse(["-", "type=oci"])).toThrow("two outputs");
    expect(() => parse(["-"], { terminal: true })).toThrow("terminal");
    expect(parse(["-"]).usesStdout).toBe(true);
    expect(parse(["out"], { terminal: true }).usesStdout).toBe(false);
  });

  it("refuses outputs that differ in what is true of all layers", () => {
    expect(() => parse(["type=image,compression=zstd", "type=oci,dest=a,compression=gzip"])).toThrow(
      "two ways",
    );
    expect(parse(["type=image,compression=zstd", "type=oci,dest=a"]).compression).toEqual({ kind: "zstd" });
    expect(() => parse(["type=image,rewrite-timestamp=true", "out"])).toThrow("one output only");
    expect(() => parse(["type=oci,dest=a,rewrite-timestamp=true"], { push: true })).toThrow(
      "one output only",
    );
    expect(parse(["type=image,rewrite-timestamp=true"]).rewriteTimestamp).toBe(true);
  });

  it("knows the names whose registries an output calls insecure", () => {
    const values = ["type=registry,registry.insecure=true"];
    expect(parse(values).insecureNames).toEqual(["docker.io/library/app:latest"]);
    expect(parse([...values, "out"]).insecureNames).toHaveLength(1);
  });
});
