// What differs between two trees, path by path.
import type { Content, Entry } from "@tsbuild/layer";
import { baseName, compareNames } from "./path-names.ts";
import { linkGroup, type Tree } from "./tree.ts";

/** What can differ in an entry that both trees have. `links`: it has other names in one tree and not in the other. */
export type Aspect =
  | "kind"
  | "mode"
  | "owner"
  | "mtime"
  | "xattrs"
  | "size"
  | "content"
  | "target"
  | "device"
  | "links";

export type Difference =
  | { readonly kind: "added"; readonly path: string; readonly after: Entry }
  | { readonly kind: "removed"; readonly path: string; readonly before: Entry }
  | {
      readonly kind: "changed";
      readonly path: string;
      readonly before: Entry;
      readonly after: Entry;
      /** In which respects, at least one. */
      readonly aspects: readonly Aspect[];
    };

/**
 * Compares two trees in tree order. All that is below an added folder is reported; below a removed one nothing is, as
 * in a layer. `content` is reported when digests differ, or when one has no digest and the bytes are in other places:
 * then it means that they may differ.
 */
export function* diffTrees(before: Tree, after: Tree): Generator<Difference> {
  const root = compare(before, after, before.get(""), after.get(""));
  if (root !== undefined) yield root;
  const folders: Iterator<Pair>[] = [pairs(before, after, "", true)];
  for (let last = folders.at(-1); last !== undefined; last = folders.at(-1)) {
    const next = last.next();
    if (next.done === true) {
      folders.pop();
      continue;
    }
    const [old, now] = next.value;
    const difference = compare(before, after, old, now);
    if (difference !== undefined) yield difference;
    // What was in a folder that is gone or became something else went with it.
    if (now?.kind === "directory") folders.push(pairs(before, after, now.path, old?.kind === "directory"));
  }
}

type Pair = readonly [Entry | undefined, Entry | undefined];

function* pairs(before: Tree, after: Tree, folder: string, inBefore: boolean): Generator<Pair> {
  const left = inBefore ? before.list(folder) : [];
  const right = after.list(folder);
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const old = left[i];
    const now = right[j];
    const order =
      old === undefined ? 1 : now === undefined ? -1 : compareNames(baseName(old.path), baseName(now.path));
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
    yield [order <= 0 ? old : undefined, order >= 0 ? now : undefined];
  }
}

function compare(
  before: Tree,
  after: Tree,
  old: Entry | undefined,
  now: Entry | undefined,
): Difference | undefined {
  if (old === undefined) return now === undefined ? undefined : { kind: "added", path: now.path, after: now };
  if (now === undefined) return { kind: "removed", path: old.path, before: old };
  const aspects = aspectsThatDiffer(old, now);
  if ((linkGroup(before, old) === undefined) !== (linkGroup(after, now) === undefined)) aspects.push("links");
  return aspects.length === 0
    ? undefined
    : { kind: "changed", path: now.path, before: old, after: now, aspects };
}

function aspectsThatDiffer(a: Entry, b: Entry): Aspect[] {
  const aspects: Aspect[] = [];
  if (a.kind !== b.kind) aspects.push("kind");
  if (a.mode !== b.mode) aspects.push("mode");
  if (a.uid !== b.uid || a.gid !== b.gid) aspects.push("owner");
  if (a.mtimeSec !== b.mtimeSec || a.mtimeNsec !== b.mtimeNsec) aspects.push("mtime");
  if (!sameAttributes(a.xattrs, b.xattrs)) aspects.push("xattrs");
  if (a.kind === "file" && b.kind === "file") {
    if (a.size !== b.size) aspects.push("size");
    else if (a.contentDigest !== undefined && b.contentDigest !== undefined) {
      if (a.contentDigest !== b.contentDigest) aspects.push("content");
    } else if (a.size > 0 && !samePlace(a.content, b.content)) aspects.push("content");
  } else if (
    (a.kind === "symlink" && b.kind === "symlink") ||
    (a.kind === "hardlink" && b.kind === "hardlink")
  ) {
    if (a.target !== b.target) aspects.push("target");
  } else if (a.kind === "device" && b.kind === "device") {
    if (a.type !== b.type || a.major !== b.major || a.minor !== b.minor) aspects.push("device");
  }
  return aspects;
}

function sameAttributes(a: Entry["xattrs"], b: Entry["xattrs"]): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  for (const [name, value] of a ?? []) {
    const other = b?.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

function samePlace(a: Content, b: Content): boolean {
  if (a.kind === "slice") return b.kind === "slice" && a.layer === b.layer && a.offset === b.offset;
  if (a.kind === "disk") return b.kind === "disk" && a.path === b.path && (a.offset ?? 0) === (b.offset ?? 0);
  return b.kind === "bytes" && Buffer.compare(a.bytes, b.bytes) === 0;
}
