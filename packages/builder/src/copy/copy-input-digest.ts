// The input of a COPY's cache key: everything that the copy would give, but for times, which never make a build miss.
import { createHash } from "node:crypto";
import { parseDigest, digestOf as digestOfBytes, type Digest } from "@tsbuild/oci";
import type { Entry } from "@tsbuild/layer";
import { selectedItems, type SelectedItem, type SelectedRoot, type Selection } from "./select-sources.ts";

/** Changes when the meaning of the digest does. */
const format = "tsbuild copy input 1";

/**
 * One digest of a selection: per entry its path as copied, kind, mode, owner, size, link target, extended attributes,
 * hard links and content. A file's digest is its entry's, or what `digestOf` gives for its path in the source. Throws a TypeError for a file without a digest.
 */
export function copyInputDigest(
  selection: Selection,
  digestOf?: (path: string) => Digest | undefined,
): Digest {
  const hash = createHash("sha256");
  hash.update(`${format}\n`);
  let text = "";
  for (const root of selection.roots) {
    const groups = new Map<string, number>();
    for (const item of selectedItems(selection, root)) {
      // JSON frames each line: nothing in a name can look like the end of one.
      text += `${JSON.stringify(describe(selection, root, item, groups, digestOf))}\n`;
      if (text.length < 65_536) continue;
      hash.update(text);
      text = "";
    }
  }
  hash.update(text);
  return parseDigest(`sha256:${hash.digest("hex")}`);
}

function describe(
  selection: Selection,
  root: SelectedRoot,
  { relative, entry, isParent, group }: SelectedItem,
  groups: Map<string, number>,
  digestOf: ((path: string) => Digest | undefined) | undefined,
): unknown[] {
  // Of a folder whose contents are copied only the contents matter.
  if (relative === "" && entry.kind === "directory") return ["contents"];
  const path = relative === "" ? root.name : relative;
  const { uid, gid } = selection.isContext ? { uid: 0, gid: 0 } : entry;
  const line: unknown[] = [isParent ? "parent" : entry.kind, path, entry.mode, uid, gid];
  if (entry.xattrs !== undefined && entry.xattrs.size > 0) line.push(describeAttributes(entry.xattrs));
  switch (entry.kind) {
    case "file":
      line.push(entry.size, contentDigest(entry, digestOf));
      if (group !== undefined) {
        if (!groups.has(group)) groups.set(group, groups.size);
        line.push(groups.get(group));
      }
      break;
    case "symlink":
    case "hardlink":
      line.push(entry.target);
      break;
    case "device":
      line.push(entry.type, entry.major, entry.minor);
      break;
    case "directory":
    case "fifo":
      break;
  }
  return line;
}

function contentDigest(
  entry: Entry & { kind: "file" },
  digestOf: ((path: string) => Digest | undefined) | undefined,
): Digest {
  if (entry.content.kind === "bytes") return digestOfBytes(entry.content.bytes);
  const digest = entry.contentDigest ?? digestOf?.(entry.path);
  if (digest === undefined)
    throw new TypeError(`Cannot make a cache key: "/${entry.path}" has no content digest`);
  return digest;
}

function describeAttributes(xattrs: ReadonlyMap<string, Uint8Array>): [string, string][] {
  return [...xattrs]
    .map(([name, value]): [string, string] => [name, Buffer.from(value).toString("base64")])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
