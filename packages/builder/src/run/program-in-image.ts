// What a RUN would execute, looked up in the image as the kernel will: a program that is not there is an error before
// anything is unpacked.
import type { Entry } from "@tsbuild/layer";
import { RootFsError, type RootFs } from "@tsbuild/rootfs";

export type FoundProgram =
  | { readonly kind: "found"; readonly path: string }
  /** In a folder that is mounted during the RUN: nobody can tell before. */
  | { readonly kind: "unknown" }
  | { readonly kind: "missing" }
  /** There, but a folder, or without the right to execute it. */
  | { readonly kind: "not-executable"; readonly path: string };

/** `name` as execvp(3) finds it, in `workdir` and with this PATH. */
export function findProgramInImage(
  rootfs: RootFs,
  name: string,
  o: { workdir: string; path: string },
): FoundProgram {
  if (name.includes("/")) return look(rootfs, name, o.workdir);
  let refused: FoundProgram | undefined;
  for (const folder of o.path.split(":")) {
    const found = look(rootfs, `${folder === "" ? "." : folder}/${name}`, o.workdir);
    if (found.kind === "found" || found.kind === "unknown") return found;
    if (found.kind === "not-executable") refused ??= found;
  }
  return refused ?? { kind: "missing" };
}

function look(rootfs: RootFs, path: string, workdir: string): FoundProgram {
  const entry = resolve(rootfs, path, workdir);
  if (entry === "virtual") return { kind: "unknown" };
  if (entry === undefined) return { kind: "missing" };
  const isExecutable = entry.kind === "file" && (entry.mode & 0o111) !== 0;
  return { kind: isExecutable ? "found" : "not-executable", path: `/${entry.path}` };
}

function resolve(rootfs: RootFs, path: string, workdir: string): Entry | "virtual" | undefined {
  try {
    const { path: target, entry } = rootfs.resolve(path, { base: workdir });
    return /^(?:dev|proc|sys)(?:\/|$)/.test(target) ? "virtual" : entry;
  } catch (error) {
    if (error instanceof RootFsError) return undefined;
    throw error;
  }
}
