import { RootFs, layerOf, type LayerLiteral } from "@tsbuild/rootfs";
import { parseDigest } from "@tsbuild/oci";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore } from "@tsbuild/store";
import {
  lstatSync,
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
import { afterAll, describe, expect, it } from "vitest";
import { LayerLibrary } from "../solve/layer-library.ts";
import { writeFolder } from "./write-files.ts";

const root = mkdtempSync(join(tmpdir(), "write-files-"));
const registries = createRegistryClient({ env: {} });
afterAll(async () => {
  await registries.close();
  rmSync(root, { recursive: true, force: true });
});

/** Exports the layers into `folder` below the test's own. */
async function exportTo(folder: string, ...layers: LayerLiteral[]): Promise<string> {
  const store = await openLocalStore(join(root, "store"));
  const library = new LayerLibrary({ store, registries });
  // Contents in memory need no tar; those that do are put where the library would have made it.
  library.filePath = () => join(root, "sparse.tar");
  let rootfs = RootFs.empty;
  for (const layer of layers) rootfs = rootfs.withLayer(layerOf(layer));
  const path = join(root, folder);
  await writeFolder(rootfs, path, { library, layers: [], warn: () => undefined });
  return path;
}

describe("writeFolder", () => {
  it("CVE-2026-24842: links to no file outside, whatever the links of the image lead to", async () => {
    writeFileSync(join(root, "secret"), "of the host");
    const chain = {
      "a/b/c/up": "-> ../..",
      "a/b/escape": "-> c/up/../..",
      exfil: "=> a/b/escape/secret",
    };
    await expect(exportTo("chain", chain)).rejects.toThrow(
      /Cannot write exfil below .*: it is a hard link to "a\/b\/escape\/secret", which is no file of the image/,
    );
    expect(lstatSync(join(root, "secret")).nlink).toBe(1);
  });

  it("writes through no link that stands in the folder before", async () => {
    const victim = join(root, "victim");
    mkdirSync(victim);
    writeFileSync(join(victim, "f"), "theirs");
    const out = join(root, "planted");
    mkdirSync(out);
    symlinkSync(victim, join(out, "d"));
    symlinkSync(join(victim, "f"), join(out, "f"));
    await exportTo("planted", { "d/f": "ours", f: "ours" });
    expect(readFileSync(join(out, "d/f"), "utf8")).toBe("ours");
    expect(readFileSync(join(victim, "f"), "utf8")).toBe("theirs");
    expect(readdirSync(victim)).toEqual(["f"]);
  });

  it("makes hard links of files and a second symbolic link of a hard link to one", async () => {
    const out = await exportTo("links", { a: "text", b: "=> a", s: "-> a", t: "=> s" });
    expect(lstatSync(join(out, "a")).ino).toBe(lstatSync(join(out, "b")).ino);
    expect(lstatSync(join(out, "t")).isSymbolicLink()).toBe(true);
  });

  it("keeps times before 1970", async () => {
    const out = await exportTo("old", { f: { text: "", mtimeSec: -2, mtimeNsec: 500_000_000 } });
    expect(lstatSync(join(out, "f")).mtimeMs).toBe(-1500);
  });

  it("leaves the holes of a sparse file holes", async () => {
    writeFileSync(join(root, "sparse.tar"), "headtail");
    const layer = parseDigest(`sha256:${"0".repeat(64)}`);
    const size = 1024 ** 4;
    const sparse = [
      { offset: 0, length: 4 },
      { offset: size / 2, length: 4 },
    ];
    const content = { kind: "slice" as const, layer, offset: 0, sparse };
    const out = await exportTo("sparse", { f: { content, size } });
    const { size: written, blocks } = lstatSync(join(out, "f"));
    expect(written).toBe(size);
    expect(blocks).toBeLessThan(1000);
  });
});
