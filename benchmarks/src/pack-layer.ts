// How fast a folder becomes a layer: `node benchmarks/src/pack-layer.ts DIR [gzip|zstd|none] [LEVEL] [THREADS]`.
// Prints sizes, MB/s of tar and the peak of resident memory. The layer is hashed and dropped.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { EntryTableBuilder, packLayer } from "@tsbuild/layer";
import type { Compression, EntryTable } from "@tsbuild/layer";
import type { Bytes } from "@tsbuild/store";
import { parseDigest } from "@tsbuild/oci";

const [folder, kind = "gzip", level, threads] = process.argv.slice(2);
if (folder === undefined) throw new TypeError("Cannot pack nothing: name a folder");

const start = performance.now();
const table = readFolder(folder);
const walked = performance.now();
const layer = await packLayer(table, {
  compression: compressionOf(kind, level),
  layerFile: () => "",
  write: hashAndDrop,
  ...(threads === undefined ? {} : { threads: Number(threads) }),
});
const packed = performance.now();

const usage = process.resourceUsage();
const megabytes = (bytes: number) => Number((bytes / 1e6).toFixed(1));
const seconds = (from: number, to: number) => Number(((to - from) / 1e3).toFixed(2));
console.log(
  JSON.stringify({
    entries: table.length,
    walkSeconds: seconds(start, walked),
    packSeconds: seconds(walked, packed),
    cpuSeconds: Number(((usage.userCPUTime + usage.systemCPUTime) / 1e6).toFixed(2)),
    tarMB: megabytes(layer.tarSize),
    layerMB: megabytes(layer.descriptor.size),
    ratio: Number((layer.descriptor.size / layer.tarSize).toFixed(4)),
    MBps: Number((layer.tarSize / 1e3 / (packed - walked)).toFixed(0)),
    peakRssMB: Number((usage.maxRSS / 1024).toFixed(0)),
    digest: layer.descriptor.digest.slice(7, 19),
  }),
);

function compressionOf(kind: string, level: string | undefined): Compression {
  const options = level === undefined ? {} : { level: Number(level) };
  if (kind === "gzip" || kind === "zstd") return { kind, ...options };
  if (kind === "none") return { kind };
  throw new TypeError(`Cannot compress with ${kind}: it is gzip, zstd or none`);
}

/** All files and folders below, as root's, with times in whole seconds. */
function readFolder(root: string): EntryTable {
  const builder = new EntryTableBuilder();
  const walk = (folder: string, below: string): void => {
    for (const item of readdirSync(folder, { withFileTypes: true })) {
      const disk = `${folder}/${item.name}`;
      const path = below === "" ? item.name : `${below}/${item.name}`;
      const stat = lstatSync(disk);
      const attributes = {
        mode: stat.mode & 0o7777,
        uid: 0,
        gid: 0,
        mtimeSec: Math.floor(stat.mtimeMs / 1000),
        mtimeNsec: 0,
      };
      if (item.isDirectory()) {
        builder.add({ kind: "put", entry: { kind: "directory", path, ...attributes } });
        walk(disk, path);
      } else if (item.isFile()) {
        const content = { kind: "disk", path: disk } as const;
        builder.add({ kind: "put", entry: { kind: "file", path, size: stat.size, content, ...attributes } });
      }
    }
  };
  walk(root, "");
  return builder.finish();
}

async function hashAndDrop(bytes: Bytes) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: parseDigest(`sha256:${hash.digest("hex")}`), size };
}
