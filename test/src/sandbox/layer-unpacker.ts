// A sandbox as root, with a store of its own, that unpacks layers for a test to look at.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createTable, indexLayer, type Change, type EntryTable } from "@tsbuild/layer";
import { digestHex, type Digest } from "@tsbuild/oci";
import { openSandbox } from "@tsbuild/sandbox";
import { openLocalStore } from "@tsbuild/store";

interface UnpackedLayer {
  /** The folder on disk. */
  readonly path: string;
  readonly diffId: Digest;
}

export interface LayerUnpacker extends AsyncDisposable {
  /** Whatever the compression. Parents that the layer does not name are root's, 0755. */
  unpack(layer: AsyncIterable<Uint8Array>): Promise<UnpackedLayer>;
  /** What the sandbox has warned of. */
  readonly warnings: readonly string[];
}

/** `folder` is on the file system to unpack to. */
export async function openLayerUnpacker(folder: string): Promise<LayerUnpacker> {
  const store = await openLocalStore(join(folder, "store"));
  const warnings: string[] = [];
  const warn = (code: string, message: string) => warnings.push(`${code} ${message}`);
  const sandbox = await openSandbox({ store, warn }).catch(async (error: unknown) => {
    await store[Symbol.asyncDispose]();
    throw error;
  });
  return {
    warnings,
    async unpack(layer) {
      const { digest, size } = await store.write(layer);
      const blob = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size };
      const { diffId, table } = await indexLayer(store.read(blob));
      const name = digestHex(diffId);
      await sandbox.unpack({ name, changes: withParents(table), layer: { diffId, blob }, tars: new Map() });
      const [flavour = ""] = readdirSync(join(store.root, "unpacked"));
      return { path: join(store.root, "unpacked", flavour, name), diffId };
    },
    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** As the root file system below the layer would give them. */
function withParents(table: EntryTable): EntryTable {
  const parents = new Map<string, Change>();
  for (const change of table.changes()) {
    const path = change.kind === "put" ? change.entry.path : change.path;
    if (change.kind === "clear") addFolder(path);
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1))
      addFolder(path.slice(0, cut));
  }
  return parents.size === 0 ? table : createTable([...table.changes(), ...parents.values()]);

  function addFolder(path: string): void {
    if (path === "" || (table.find(path) >= 0 && table.kindAt(table.find(path)) !== "clear")) return;
    const attributes = { mode: 0o755, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };
    parents.set(path, { kind: "put", entry: { kind: "directory", path, ...attributes } });
  }
}
