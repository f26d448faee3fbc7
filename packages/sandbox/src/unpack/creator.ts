// What new files have by themselves, found out by making one: the owner, which a setgid folder or a mount option may
// decide, and the bits that the umask leaves. So nothing is set that is so already, and nothing is taken for granted.
import { lstatSync, mkdirSync } from "node:fs";

export class Creator {
  readonly #uid: number;
  readonly #gid: number;
  /** Permission bits that are set where they are asked for. */
  readonly #kept: number;
  readonly #isPlain: boolean;

  private constructor(uid: number, gid: number, mode: number) {
    this.#uid = uid;
    this.#gid = gid;
    this.#kept = mode & 0o777;
    this.#isPlain = (mode & 0o7000) === 0;
  }

  /** Makes the folder `path` and looks at it. */
  static byMaking(path: string): Creator {
    mkdirSync(path, 0o777);
    const { uid, gid, mode } = lstatSync(path);
    return new Creator(uid, gid, mode & 0o7777);
  }

  /** Whether what is made here belongs to them. */
  isOwner(uid: number, gid: number): boolean {
    return uid === this.#uid && gid === this.#gid;
  }

  /** Whether what is made with this mode has it. */
  gives(mode: number): boolean {
    return this.#isPlain && (mode & ~this.#kept) === 0;
  }
}
