// A process that makes an index of a million entries, looks one up, and prints how much memory it took at most.
import { EntryTableBuilder } from "@tsbuild/layer";
import { digestOf } from "@tsbuild/oci";

const entries = 1_000_000;
const layer = digestOf("the layer that is indexed");
const builder = new EntryTableBuilder();
for (let n = 0; n < entries; n += 1) {
  builder.add({
    kind: "put",
    entry: {
      kind: "file",
      // Of the names in a real file system not quite half are single ones.
      path: `usr/lib/node_modules/package-${Math.floor(n / 100)}/lib/file-${n % 2 === 0 ? n % 100 : n}.js`,
      ...{ mode: 0o644, uid: 0, gid: 0, mtimeSec: 1_700_000_000 + n, mtimeNsec: 0 },
      size: n,
      content: { kind: "slice", layer, offset: n * 1024 },
    },
  });
}
const table = builder.finish();
if (table.find("usr/lib/node_modules/package-7/lib/file-777.js") < 0)
  throw new Error("Cannot find an entry of the index");
console.log(JSON.stringify({ entries: table.length, peakBytes: process.resourceUsage().maxRSS * 1024 }));
