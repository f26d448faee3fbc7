import { linkSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { EntryTable, indexLayer } from "@tsbuild/layer";
import { digestHex, digestOf } from "@tsbuild/oci";
import { openLocalStore } from "@tsbuild/store";
import type { LocalStore } from "@tsbuild/store";
import { TreePaths } from "../unpack/tree-paths.ts";
import { describeTable } from "./describe-table.fixture.ts";
import { packUpper } from "./pack-upper.ts";
import { scanUpper } from "./scan-upper.ts";
import { attributes, makeUpper, makeWhiteout, whyNoWhiteouts } from "./upper.fixture.ts";

const noWhiteouts = whyNoWhiteouts();

async function openStore(upper: string): Promise<LocalStore> {
  const store = await openLocalStore(join(dirname(upper), "store"));
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

describe("packUpper", () => {
  it("writes a layer that says the same, and its index", async () => {
    const { upper, options } = makeUpper({
      readAttributes: attributes({ a: { "trusted.overlay.opaque": "y" } }),
    });
    mkdirSync(join(upper, "a"));
    writeFileSync(join(upper, "a/f"), "hello");
    linkSync(join(upper, "a/f"), join(upper, "a/z"));
    if (noWhiteouts === undefined) makeWhiteout(join(upper, "a/b/gone"));
    const changes = await scanUpper(upper, options);
    const store = await openStore(upper);
    const { descriptor, diffId } = await packUpper(changes, store);
    const read = await indexLayer(store.read(descriptor), { mediaType: descriptor.mediaType });
    expect(read.diffId).toBe(diffId);
    expect(describeTable(read.table)).toEqual(describeTable(changes.table));
    const index = await store.derived.find("index", digestHex(diffId));
    expect(describeTable(EntryTable.fromBytes(readFileSync(index ?? "")))).toEqual(describeTable(read.table));
  });

  it("packs nothing as a layer too: a tar that only ends", async () => {
    const { upper, options } = makeUpper();
    const store = await openStore(upper);
    const packed = await packUpper(await scanUpper(upper, options), store);
    expect(packed.diffId).toBe(digestOf(Buffer.alloc(1024)));
    expect(await store.has(packed.descriptor)).toBe(true);
  });

  it("clamps times and compresses as it is told", async () => {
    const { upper, options } = makeUpper();
    writeFileSync(join(upper, "new"), "");
    writeFileSync(join(upper, "old"), "");
    utimesSync(join(upper, "old"), 5, 5);
    const store = await openStore(upper);
    const changes = await scanUpper(upper, options);
    const { descriptor } = await packUpper(changes, store, {
      clampMtimeSec: 10,
      compression: { kind: "none" },
    });
    expect(descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar");
    const { table } = await indexLayer(store.read(descriptor));
    expect(table.at(0)).toMatchObject({ entry: { path: "new", mtimeSec: 10 } });
    expect(table.at(1)).toMatchObject({ entry: { path: "old", mtimeSec: 5 } });
  });

  it("reads a sparse file in full, a piece at a time", async () => {
    const { upper, options } = makeUpper();
    writeFileSync(join(upper, "sparse"), "end");
    truncateSync(join(upper, "sparse"), 12 << 20);
    const store = await openStore(upper);
    const seen: number[] = [];
    const changes = await scanUpper(upper, options);
    const { descriptor } = await packUpper(changes, store, { onProgress: (bytes) => seen.push(bytes) });
    expect(descriptor.size).toBeLessThan(1 << 20);
    expect(seen.length).toBeGreaterThan(8);
    const { table } = await indexLayer(store.read(descriptor));
    expect(table.sizeAt(0)).toBe(12 << 20);
  });

  it("reads files where no path reaches, and closes what it has opened for that", async () => {
    const { upper, options } = makeUpper();
    const deep = Array.from({ length: 40 }, () => "n".repeat(250));
    const paths = new TreePaths(upper);
    for (let depth = 1; depth <= deep.length; depth++) {
      mkdirSync(paths.at(deep.slice(0, depth).join("/")));
      writeFileSync(paths.at([...deep.slice(0, depth), "file"].join("/")), String(depth));
    }
    paths.close();
    const store = await openStore(upper);
    const changes = await scanUpper(upper, options);
    const { descriptor } = await packUpper(changes, store, { compression: { kind: "none" } });
    const { table } = await indexLayer(store.read(descriptor));
    expect(describeTable(table)).toEqual(describeTable(changes.table));
    const tar = readFileSync(store.blobPath(descriptor.digest));
    const contents = Array.from({ length: table.length }, (_, row) => table.at(row)).flatMap((change) => {
      if (change.kind !== "put" || change.entry.kind !== "file" || change.entry.content.kind !== "slice")
        return [];
      const { size, content } = change.entry;
      return [Number(tar.toString("latin1", content.offset, content.offset + size))];
    });
    expect(contents.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it("fails, and names the file, when that is not what it was", async () => {
    const { upper, options } = makeUpper();
    writeFileSync(join(upper, "f"), "hello");
    const changes = await scanUpper(upper, options);
    rmSync(join(upper, "f"));
    const store = await openStore(upper);
    await expect(packUpper(changes, store)).rejects.toThrow(join(upper, "f"));
  });

  it("stops when it is told to, with the signal's reason", async () => {
    const { upper, options } = makeUpper();
    writeFileSync(join(upper, "f"), "hello");
    const changes = await scanUpper(upper, options);
    const store = await openStore(upper);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(packUpper(changes, store, { signal })).rejects.toThrow("enough");
  });
});
