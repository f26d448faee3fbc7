// A process of its own for tests in mount namespaces: `node pack-upper-process.fixture.ts <upper> <store> <unpacked> <options>`
// scans, packs and settles a folder as the worker does, unpacks the layer as the worker would, and prints what came of it.
import { mkdirSync, readFileSync } from "node:fs";
import { EntryTable } from "@tsbuild/layer";
import { digestHex } from "@tsbuild/oci";
import { openLocalStore } from "@tsbuild/store";
import { unpackLayer } from "../unpack/unpack-layer.ts";
import { describeTable } from "./describe-table.fixture.ts";
import { packUpper } from "./pack-upper.ts";
import { scanUpper } from "./scan-upper.ts";
import { settleUpper } from "./settle-upper.ts";

interface Options {
  readonly flavour: "trusted" | "user";
  readonly phantoms: readonly string[];
}

const [upper = "", root = "", unpacked = "", json = ""] = process.argv.slice(2);
const { flavour, phantoms }: Options = JSON.parse(json);
const warnings: string[] = [];
const warn = (_: string, message: string) => warnings.push(message);
const store = await openLocalStore(root);
try {
  const changes = await scanUpper(upper, {
    flavour,
    phantoms: new Set(phantoms),
    root: { mode: 0o755, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 },
    warn,
  });
  const { descriptor, diffId } = await packUpper(changes, store, { compression: { kind: "none" } });
  await settleUpper(upper, changes);
  const layer = store.blobPath(descriptor.digest);
  mkdirSync(unpacked);
  await unpackLayer(unpacked, {
    changes: EntryTable.fromBytes(readFileSync((await store.derived.find("index", digestHex(diffId))) ?? "")),
    tars: new Map([[diffId, layer]]),
    flavour,
    isRoot: flavour === "trusted",
    warn,
  });
  const { leftovers, table } = changes;
  console.log(JSON.stringify({ rows: describeTable(table), leftovers, warnings, layer }));
} finally {
  await store[Symbol.asyncDispose]();
}
