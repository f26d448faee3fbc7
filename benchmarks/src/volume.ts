// A fresh file system for the whole benchmark. The root file system of many machines distorts everything: ext4 without
// a journal makes files up to 15 times slower after a large tree was deleted. So: ext4 with a journal on a loop
// device, else tmpfs, else a plain folder with a warning.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../test/src/machine/run-program.ts";

export interface Volume extends AsyncDisposable {
  readonly folder: string;
  readonly kind: string;
}

export async function openVolume(gigabytes: number): Promise<Volume> {
  const base = mkdtempSync(join(tmpdir(), "tsbuild-bench-"));
  const [folder, image] = [join(base, "volume"), join(base, "volume.img")];
  mkdirSync(folder);
  const works = async (...command: [string, ...string[]]): Promise<boolean> => {
    const [program, ...args] = command;
    return (await runProgram(program, args).catch(() => undefined))?.status === 0;
  };
  const format = ["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-N", "2000000", image];
  const hasLoop =
    (await works("truncate", "--size", `${gigabytes}G`, image)) &&
    (await works("mkfs.ext4", ...format)) &&
    (await works("mount", "-o", "loop,noatime", image, folder));
  if (!hasLoop) rmSync(image, { force: true });
  const hasTmpfs =
    !hasLoop && (await works("mount", "-t", "tmpfs", "-o", `size=${gigabytes}g`, "tmpfs", folder));
  return {
    folder,
    kind: hasLoop
      ? "ext4 with a journal, on a loop device"
      : hasTmpfs
        ? "tmpfs"
        : "a plain folder: figures may be distorted",
    [Symbol.asyncDispose]: async () => {
      // buildah leaves overlays mounted below.
      if (hasLoop || hasTmpfs) await runProgram("umount", ["--recursive", folder]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}
