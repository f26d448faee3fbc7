// What a table of a million entries costs: `node benchmarks/src/entry-table.ts`. Each step runs in a
// process of its own, because a process's peak never goes down. The claim: under 200 MB each.
import { execFileSync } from "node:child_process";
import {
  mkdtempSync,
  openSync,
  readSync,
  fstatSync,
  rmSync,
  statSync,
  writeFileSync,
  closeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EntryTable, EntryTableBuilder } from "@tsbuild/layer";
import { digestOf } from "@tsbuild/oci";

const ENTRIES = 1_000_000;

function build(shuffled: boolean): EntryTable {
  const layer = digestOf("layer");
  const builder = new EntryTableBuilder();
  for (let i = 0; i < ENTRIES; i++) {
    // 7919 is prime to the count: every path once, far from tree order.
    const n = shuffled ? (i * 7919) % ENTRIES : i;
    builder.add({
      kind: "put",
      entry: {
        kind: "file",
        path: `usr/lib/node_modules/pkg-${Math.floor(n / 100)}/dist/file-${n % 100}.js`,
        ...{ mode: 0o644, uid: 0, gid: 0, mtimeSec: 1_700_000_000 + n, mtimeNsec: 0 },
        size: n % 10_000,
        content: { kind: "slice", layer, offset: n * 1024 },
      },
    });
  }
  return builder.finish();
}

/** Read as a program would: into memory that a worker can share. */
function load(path: string): EntryTable {
  const file = openSync(path, "r");
  const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(file).size));
  for (let at = 0; at < bytes.length;) at += readSync(file, bytes, at, bytes.length - at, null);
  closeSync(file);
  return EntryTable.fromBytes(bytes);
}

function look(table: EntryTable): void {
  for (let i = 0; i < 200_000; i++) {
    const n = (i * 7919) % ENTRIES;
    if (table.find(`usr/lib/node_modules/pkg-${Math.floor(n / 100)}/dist/file-${n % 100}.js`) < 0)
      throw new Error("lost");
  }
}

function walk(table: EntryTable): void {
  let size = 0;
  for (let row = 0; row < table.length; row++) {
    const change = table.at(row);
    if (change.kind === "put" && change.entry.kind === "file") size += change.entry.size;
  }
  if (size === 0) throw new Error("empty");
}

const steps: Record<string, (path: string) => void> = {
  build: () => void build(false),
  "build, out of order": () => void build(true),
  "build and save": (path) => writeFileSync(path, build(false).toBytes()),
  load: (path) => void load(path),
  "load and find 200,000": (path) => look(load(path)),
  "load and read every row": (path) => walk(load(path)),
};

const [step, path] = process.argv.slice(2);
if (step !== undefined && path !== undefined) {
  const start = performance.now();
  steps[step]!(path);
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  console.log(`${step}: ${seconds} s, peak RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} else {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-entry-table-"));
  const file = join(folder, "table");
  for (const name of Object.keys(steps)) {
    execFileSync(process.execPath, [import.meta.filename, name, file], { stdio: "inherit" });
  }
  console.log(`file: ${Math.round(statSync(file).size / 1e6)} MB`);
  rmSync(folder, { recursive: true });
}
