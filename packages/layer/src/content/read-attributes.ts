// Extended attributes of a folder's files. Node cannot read them, so one of the system's programs does.
import { closeSync, constants, openSync } from "node:fs";
import { findProgram } from "../compression/find-program.ts";
import { encodeName } from "../name.ts";
import { readByGetfattr } from "./attributes-by-getfattr.ts";
import { readByTar } from "./attributes-by-tar.ts";
import { defaultAttributeBytes, FoundAttributes } from "./found-attributes.ts";

export interface ReadAttributesOptions {
  /** A regular expression as `getfattr -m` takes it: which attributes, by full name. */
  readonly names: string;
  /** What may read them, the first that is on PATH. Default: both. `tar` has to be GNU's, and is slower. */
  readonly programs?: readonly ("getfattr" | "tar")[];
  /** Of paths, names and values together. Default 256 MiB. */
  readonly limitBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Attributes by path in the folder (`""` is the folder itself); only of what has some. Symbolic links are not followed.
 * Files that this user may not look at, and paths longer than a system call takes, are passed over. Undefined when there
 * is no program for it, and on systems other than Linux.
 * @throws {LayerError} `ATTRIBUTES_LIMIT`; `FILE_UNREADABLE` when anything else goes wrong; or the signal's reason
 */
export async function readAttributes(
  folder: string,
  options: ReadAttributesOptions,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> | undefined> {
  const { names, programs = ["getfattr", "tar"], signal, limitBytes = defaultAttributeBytes } = options;
  signal?.throwIfAborted();
  if (process.platform !== "linux") return undefined;
  const searchPath = process.env["PATH"] ?? "/usr/bin:/bin";
  // The new process has our descriptors until it becomes the program, and its working folder by then.
  const fd = folder.isWellFormed() ? -1 : openSync(encodeName(folder), constants.O_RDONLY);
  try {
    const cwd = fd < 0 ? folder : `/proc/self/fd/${fd}`;
    for (const name of programs) {
      const program = findProgram(name, searchPath);
      if (program === undefined) continue;
      const place = { program, folder, cwd, searchPath, signal };
      const found = new FoundAttributes({ folder, limitBytes });
      if (name === "getfattr") await readByGetfattr(place, names, found);
      else if (!(await readByTar(place, new RegExp(names), found))) continue;
      return found.byPath;
    }
    return undefined;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}
