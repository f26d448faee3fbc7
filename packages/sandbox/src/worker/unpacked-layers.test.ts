import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readUnpackedFile } from "./read-unpacked-file.ts";
import { UnpackedLayers } from "./unpacked-layers.ts";

const name = "a".repeat(64);
const chain = `chain-${"b".repeat(64)}`;

function open(): { layers: UnpackedLayers; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "unpacked-layers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { layers: new UnpackedLayers(join(folder, "unpacked", "flavour"), join(folder, "l")), folder };
}

/** A folder that could become an unpacked layer. */
function fill(folder: string, file: string): string {
  const path = join(folder, "new");
  mkdirSync(path);
  writeFileSync(join(path, file), "x");
  return path;
}

describe("unpacked layers", () => {
  it("are there when a folder was given their name", () => {
    const { layers, folder } = open();
    expect(layers.has(name)).toBe(false);
    expect(layers.adopt(fill(folder, "one"), name)).toBe(true);
    expect(layers.has(name)).toBe(true);
    expect(readdirSync(layers.path(name))).toEqual(["one"]);
  });

  it("stay what they are when another has made the same", () => {
    const { layers, folder } = open();
    layers.adopt(fill(folder, "one"), name);
    const second = fill(folder, "two");
    expect(layers.adopt(second, name)).toBe(false);
    expect(readdirSync(layers.path(name))).toEqual(["one"]);
    expect(existsSync(second)).toBe(true);
  });

  it("may be empty", () => {
    const { layers, folder } = open();
    mkdirSync(join(folder, "empty"));
    expect(layers.adopt(join(folder, "empty"), chain)).toBe(true);
    expect(layers.has(chain)).toBe(true);
  });

  it("have a short link each, always the same", () => {
    const { layers, folder } = open();
    layers.adopt(fill(folder, "one"), name);
    expect(layers.link(name)).toBe("0");
    expect(layers.link(chain)).toBe("1");
    expect(layers.link(name)).toBe("0");
    expect(readFileSync(join(folder, "l", "0", "one"), "utf8")).toBe("x");
  });

  it.each(["", ".", "..", "../x", "A".repeat(64), "chain-", "a".repeat(63), `${name}/x`, `${name},x`])(
    "cannot be called %j",
    (wrong) => {
      expect(() => open().layers.has(wrong)).toThrow(TypeError);
    },
  );
});

describe("a file of an unpacked layer", () => {
  const secret = "the machine's own";

  function read(path: string, limitBytes = 100): string | undefined {
    const { layers, folder } = open();
    const layer = fill(folder, "top");
    mkdirSync(join(layer, "etc"));
    writeFileSync(join(layer, "etc/passwd"), "root:x:0:0");
    writeFileSync(join(folder, "secret"), secret);
    symlinkSync(join(folder, "secret"), join(layer, "etc/link"));
    symlinkSync(folder, join(layer, "out"));
    layers.adopt(layer, name);
    const bytes = readUnpackedFile(layers, { name, path, limitBytes });
    return bytes && Buffer.from(bytes).toString();
  }

  it("is read whole up to the limit", () => {
    expect(read("etc/passwd")).toBe("root:x:0:0");
    expect(read("etc/passwd", 10)).toBe("root:x:0:0");
    expect(read("etc/passwd", 9)).toBeUndefined();
  });

  it.each([
    "",
    "/etc/passwd",
    "etc",
    "etc/nothing",
    "etc/passwd/x",
    "nowhere/x",
    "etc//passwd",
    "etc/../etc/passwd",
  ])("is not %j", (path) => {
    expect(read(path)).toBeUndefined();
  });

  it("is never one outside of it that a link leads to", () => {
    for (const path of ["etc/link", "out/secret", "../../../secret"]) expect(read(path)).toBeUndefined();
  });
});
