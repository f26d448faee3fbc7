// Whether the process has changed a folder's own attributes. Its time says nothing: that changes with what is in it.
import { Buffer } from "node:buffer";
import type { Attributes } from "@tsbuild/layer";
import { attributeFate } from "../unpack/attribute-rules.ts";

type Xattrs = NonNullable<Attributes["xattrs"]>;

/**
 * Whether a folder on disk is what unpacking made of `image`: attributes that this machine cannot set don't count.
 * @param isRoot of the one who unpacked, outside of user namespaces
 */
export function isAsUnpacked(folder: Attributes, image: Attributes, isRoot: boolean): boolean {
  const rule = { kind: "directory", isRoot } as const;
  const set = [...(image.xattrs ?? [])].filter(([name]) => attributeFate(name, rule) === "set");
  return (
    folder.mode === image.mode &&
    folder.uid === image.uid &&
    folder.gid === image.gid &&
    hasSameXattrs(folder.xattrs ?? new Map(), new Map(set))
  );
}

/** Whether a phantom folder has the attributes that the worker gives to such folders: 0755, and its own. */
export function isAsMade(folder: Attributes): boolean {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return folder.mode === 0o755 && folder.uid === uid && folder.gid === gid && folder.xattrs === undefined;
}

function hasSameXattrs(a: Xattrs, b: Xattrs): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
