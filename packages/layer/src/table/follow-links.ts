// Entries below a symbolic link of their own layer: whoever unpacks the layer writes through the link, so
// that is where they are. Links are resolved inside the root, as in a chroot: "/" is the layer's root and
// ".." stops there (CVE-2014-6407, CVE-2026-24842).
import { LayerError } from "../layer-error.ts";

/** As many links in one path as Linux follows. */
const MAX_LINKS = 40;
/** Steps for one whole layer: real layers need none, or a few thousand. */
const MAX_STEPS = 5_000_000;
/** A moved entry may be a link that moves others; more rounds than this are a riddle, not a layer. */
const MAX_ROUNDS = 20;

/** What is asked about the rows. */
export interface Links {
  pathOf(row: number): string;
  linkAt(path: string): string | undefined;
}

/** Finds new folders for rows below links. One for each layer: it counts what that layer costs. */
export class LinkFollower {
  #steps = 0;
  #rounds = 0;

  /** The folder that each of `rows` is really in. Throws TAR_CORRUPT for links that lead in circles. */
  follow(links: Links, rows: readonly number[]): { row: number; dir: string }[] {
    if (++this.#rounds > MAX_ROUNDS) throw tooMany("");
    const resolved = new Map<string, string>();
    return rows.map((row) => {
      const path = links.pathOf(row);
      const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      const dir = resolved.get(folder) ?? this.#resolve(links, folder);
      resolved.set(folder, dir);
      return { row, dir };
    });
  }

  #resolve(links: Links, folder: string): string {
    let at = "";
    let followed = 0;
    // The next part is the last of the array.
    const parts = folder.split("/").reverse();
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (++this.#steps > MAX_STEPS) throw tooMany(folder);
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
        continue;
      }
      const next = at === "" ? part : `${at}/${part}`;
      const target = links.linkAt(next);
      if (target === undefined) {
        at = next;
        continue;
      }
      if (++followed > MAX_LINKS) throw tooMany(folder);
      if (target.startsWith("/")) at = "";
      parts.push(...target.split("/").reverse());
    }
    return at;
  }
}

function tooMany(path: string): LayerError {
  const message = `Cannot read layer: entries below ${JSON.stringify(path)} lie behind too many symbolic links`;
  return new LayerError("TAR_CORRUPT", message, { facts: { path } });
}
