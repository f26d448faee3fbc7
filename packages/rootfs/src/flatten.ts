// The whole merged tree as one list of changes, for exporters that write it all.
import type { Change, Entry } from "@tsbuild/layer";
import { linkGroup, type Tree } from "./tree.ts";

/**
 * Everything in `tree` but its root, in tree order: parents first, names in byte order. The first name of a file with
 * several is the file; the others come after it as hard links to it.
 */
export function* flatten(tree: Tree): Generator<Change> {
  const firstNames = new Map<string, string>();
  const open: Iterator<Entry>[] = [tree.list("").values()];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const next = last.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    const entry = next.value;
    const group = linkGroup(tree, entry);
    const target = group === undefined ? undefined : firstNames.get(group);
    if (target === undefined) {
      if (group !== undefined) firstNames.set(group, entry.path);
      yield { kind: "put", entry };
    } else {
      yield { kind: "put", entry: hardLink(entry, target) };
    }
    if (entry.kind === "directory") open.push(tree.list(entry.path).values());
  }
}

/** A further name of the file at `target`, with the same attributes. */
export function hardLink(entry: Entry, target: string): Entry {
  const { path, mode, uid, gid, mtimeSec, mtimeNsec, xattrs } = entry;
  const link: Entry = { path, kind: "hardlink", target, mode, uid, gid, mtimeSec, mtimeNsec };
  if (xattrs !== undefined) link.xattrs = xattrs;
  return link;
}
