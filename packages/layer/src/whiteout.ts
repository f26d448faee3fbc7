// The one file that knows ".wh.": how a layer writes that something of the layers below it is gone.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
import { LayerError } from "./layer-error.ts";

const PREFIX = ".wh.";
const META_PREFIX = ".wh..wh.";
const OPAQUE = ".wh..wh..opq";

/** The name of the file that removes `path`. */
export function whiteoutPath(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${PREFIX}${path.slice(slash)}`;
}

/** The name of the file that hides what lower layers have below the folder `path`. */
export function opaquePath(path: string): string {
  return path === "" ? OPAQUE : `${path}/${OPAQUE}`;
}

/** Whether a reader of a layer would take an entry of this path, or a folder above it, for a whiteout. */
export function isWhiteoutPath(path: string): boolean {
  return path.startsWith(PREFIX) || path.includes(`/${PREFIX}`);
}

/**
 * What a canonical path in a layer means; the type of its entry says nothing (aufs wrote hard links).
 * - `a/.wh.b` removes `a/b`; `a/.wh..wh..opq` clears `a`, also where `a` is the root;
 * - other names from ".wh..wh." on are notes of aufs, and are to be skipped with all below them, as Docker
 *   and containerd do;
 * - ".wh.", ".wh.." and ".wh..." would remove the folder itself or its parent (kaniko did): TAR_CORRUPT;
 * - an entry below a whiteout (".wh../x", ".wh.a/x") has no meaning: TAR_CORRUPT.
 */
export function parseWhiteout(
  path: string,
): { kind: "entry" } | { kind: "remove"; path: string } | { kind: "clear"; path: string } | { kind: "skip" } {
  if (!isWhiteoutPath(path)) return { kind: "entry" };
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "" : path.slice(0, slash);
  const name = path.slice(slash + 1);
  if (path.split("/").some((part) => part.startsWith(META_PREFIX) && part !== OPAQUE))
    return { kind: "skip" };
  if (isWhiteoutPath(folder)) throw badWhiteout(path, "it has an entry below it");
  if (name === OPAQUE) return { kind: "clear", path: folder };
  const removed = name.slice(PREFIX.length);
  if (removed === "" || removed === "." || removed === "..") throw badWhiteout(path, "it names no entry");
  return { kind: "remove", path: folder === "" ? removed : `${folder}/${removed}` };
}

function badWhiteout(path: string, reason: string): LayerError {
  return new LayerError(
    "TAR_CORRUPT",
    `Cannot read layer: whiteout ${JSON.stringify(path)} is wrong: ${reason}`,
    {
      facts: { path, reason },
    },
  );
}
