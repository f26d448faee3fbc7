// The one rule for names in archives, the same for layers, ADD and build contexts: a leading "/" and "./"
// are dropped, repeated and trailing slashes too; ".." anywhere is refused, as CVE-2026-28406 (kaniko) asks.
// A backslash or "C:" is an ordinary character, and there is no Unicode normalisation.
import { LayerError } from "../layer-error.ts";
import { tarCorrupt, tarLimit } from "./tar-fault.ts";

/**
 * The canonical path for a name in an archive: no leading or trailing slash, "" is the root.
 * Throws PATH_ESCAPES for "..", TAR_CORRUPT for a NUL, TAR_LIMIT for more than `depth` parts.
 */
export function canonicalPath(name: string, depth: number): string {
  if (name.includes("\0")) throw tarCorrupt("the name has a NUL", name);
  const parts = isPlain(name) ? undefined : name.split("/").filter((part) => part !== "" && part !== ".");
  const path = parts === undefined ? name : parts.join("/");
  if (path.includes("..") && path.split("/").includes("..")) {
    throw new LayerError(
      "PATH_ESCAPES",
      `Cannot read tar entry ${JSON.stringify(name)}: ".." may leave the root`,
      {
        facts: { path: name },
      },
    );
  }
  if (path.length >= 2 * depth && path.split("/").length > depth)
    throw tarLimit("parts of its path are", depth, name);
  return path;
}

/** Whether a name is surely canonical, apart from "..": the common case. */
function isPlain(name: string): boolean {
  return !(
    name.startsWith("/") ||
    name.endsWith("/") ||
    name.startsWith(".") ||
    name.endsWith(".") ||
    name.includes("//") ||
    name.includes("/./")
  );
}
