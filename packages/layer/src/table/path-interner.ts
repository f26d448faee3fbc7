// Paths → two names in a pool: the folder and the last part. Called a million times for a large layer, so
// it answers in two fields and makes no object.
import type { NamePool } from "./name-pool.ts";

/** Interns canonical paths; `dir` and `base` are the ids of the path interned last. */
export class PathInterner {
  dir = 0;
  base = 0;
  readonly #names: NamePool;
  // Entries come folder by folder.
  #lastDir = "";
  #lastDirId = 0;

  constructor(names: NamePool) {
    this.#names = names;
  }

  /** Throws a TypeError for a path that is not canonical: absolute, "..", "//", a slash at the end, NUL. */
  intern(path: string): void {
    const slash = path.lastIndexOf("/");
    const dir = slash < 0 ? "" : path.slice(0, slash);
    const base = path.slice(slash + 1);
    if (dir !== this.#lastDir || slash === 0) {
      if (slash >= 0 && !dir.split("/").every(isCanonicalPart)) throw badPath(path);
      this.#lastDirId = this.#names.intern(dir);
      this.#lastDir = dir;
    }
    if (!isCanonicalPart(base) && path !== "") throw badPath(path);
    this.dir = this.#lastDirId;
    this.base = this.#names.intern(base);
  }
}

function isCanonicalPart(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !part.includes("\0");
}

function badPath(path: string): TypeError {
  return new TypeError(`Cannot add ${JSON.stringify(path)} to an entry table: it is no canonical path`);
}
