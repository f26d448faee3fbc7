// Paths below a folder, for system calls. Names are bytes, and an image's paths may be longer than the 4,096 bytes that
// a call takes: such a path starts at an open folder above it, by way of /proc/self/fd.
import { closeSync, constants, openSync, readlinkSync } from "node:fs";
import { encodeName } from "@tsbuild/layer";

const longest = 4095;
/** Of the path of an open folder: "/proc/4194304/fd/1048576/". */
const headRoom = 32;
const slash = 0x2f;
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface TreePathOptions {
  /** Where this process is in /proc. Default /proc/self: paths for another process need the number. */
  readonly processFolder?: string;
  /** Whether paths stay good until `close`; else until the next long one. Costs a descriptor for each. */
  readonly keep?: boolean;
}

export class TreePaths {
  readonly #root: string;
  readonly #process: string;
  readonly #keep: boolean;
  /** Open folders by path. */
  readonly #open = new Map<string, number>();

  constructor(root: string, { processFolder = "/proc/self", keep = false }: TreePathOptions = {}) {
    this.#root = root;
    this.#process = processFolder;
    this.#keep = keep;
  }

  /** Paths that programs started from here can follow too, all of them until `close`. */
  static forPrograms(root: string): TreePaths {
    return new TreePaths(root, { processFolder: `/proc/${readlinkSync("/proc/self")}`, keep: true });
  }

  /** The path of an entry (`""` is the folder itself), whose parents must be folders and no links. */
  at(path: string): string | Buffer {
    const whole = path === "" ? this.#root : `${this.#root}/${path}`;
    if (whole.length * 3 <= longest) return whole.isWellFormed() ? whole : encodeName(whole);
    const bytes = encodeName(whole);
    return bytes.length <= longest ? bytes : this.#shorten(bytes);
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #shorten(whole: Buffer): Buffer {
    const used = new Set<string>();
    let path = whole;
    let done = 0;
    while (path.length > longest) {
      const cut = path.lastIndexOf(slash, longest - headRoom);
      if (cut <= 0) break; // one name of 4,000 bytes: the system call will say so
      done = whole.length - (path.length - cut);
      const key = whole.toString("latin1", 0, done);
      const known = this.#open.get(key);
      const fd = known ?? openSync(path.subarray(0, cut), folderFlags);
      this.#open.set(key, fd);
      used.add(key);
      path = Buffer.concat([Buffer.from(`${this.#process}/fd/${fd}`), path.subarray(cut)]);
    }
    if (!this.#keep) this.#closeOthers(used);
    return path;
  }

  #closeOthers(used: ReadonlySet<string>): void {
    for (const [key, fd] of this.#open) {
      if (used.has(key)) continue;
      this.#open.delete(key);
      closeSync(fd);
    }
  }
}
