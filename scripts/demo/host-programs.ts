// The files that make a small root filesystem out of this machine: its shell, a few programs and the libraries
// that these are linked with.
import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { basename, join } from "node:path";

export interface HostFiles {
  /** Where each file goes in the image, and where it is here. */
  readonly files: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, string>;
  readonly description: string;
}

const wanted = ["cat", "echo", "env", "id", "ls", "uname"];

/** Busybox if it stands alone, else the shell and programs with their libraries. */
export function findHostPrograms(): HostFiles {
  const busybox = findProgram("busybox");
  if (busybox !== undefined && librariesOf(busybox).length === 0) {
    const links = new Map(["sh", ...wanted].map((name) => [`bin/${name}`, "busybox"]));
    return { files: new Map([["bin/busybox", busybox]]), links, description: "busybox" };
  }
  const programs = ["sh", ...wanted].flatMap((name) => findProgram(name) ?? []);
  const files = new Map<string, string>();
  for (const program of programs) {
    files.set(`bin/${basename(program)}`, realpathSync(program));
    for (const library of librariesOf(program)) files.set(library.slice(1), realpathSync(library));
  }
  const names = programs.map((program) => basename(program)).join(", ");
  return { files, links: new Map(), description: `${names} and ${files.size - programs.length} libraries` };
}

function findProgram(name: string): string | undefined {
  const folders = ["/bin", "/usr/bin", "/usr/local/bin", ...(process.env["PATH"] ?? "").split(":")];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Absolute paths, the dynamic linker among them; none for a static program, or where there is no ldd. */
function librariesOf(program: string): string[] {
  const { status, stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  if (status !== 0) return [];
  return [...stdout.matchAll(/(?:=>\s*|^\s*)(\/\S+)/gm)].flatMap((match) => match[1] ?? []);
}
