// Paths as this project writes them (relative, no slash at either end) and the byte order of their names.
import { encodeName } from "@tsbuild/layer";

/** `a/b` of `a/b/c`; "" of `a` and of "". */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** `c` of `a/b/c`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `name` in `folder`, which may be the root. */
export function joinPath(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** Compares two names, neither with a slash, by their bytes. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // From the surrogates on, the order of UTF-16 units is not that of the bytes.
    if (left >= 0xd800 || right >= 0xd800) return Buffer.compare(encodeName(a), encodeName(b));
    return left - right;
  }
  return a.length - b.length;
}
