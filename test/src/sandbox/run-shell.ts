// One RUN as a builder would ask for it: a shell command on some layers of the busybox base.
import { createTable, type Attributes, type Change } from "@tsbuild/layer";
import type { PackedChanges, ProcessExit, Sandbox, SandboxProcess, Workspace } from "@tsbuild/sandbox";

const attributes: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeSec: 1_700_000_000, mtimeNsec: 0 };

function folder(path: string): Change {
  return { kind: "put", entry: { kind: "directory", path, ...attributes } };
}

function emptyFile(path: string): Change {
  const content = { kind: "bytes", bytes: new Uint8Array() } as const;
  return { kind: "put", entry: { kind: "file", path, ...attributes, mode: 0o644, size: 0, content } };
}

const stubs = createTable([
  ...["dev", "proc", "sys", "etc"].map(folder),
  ...["etc/resolv.conf", "etc/hosts"].map(emptyFile),
]);
const phantoms = ["dev", "proc", "sys", "etc/resolv.conf", "etc/hosts"];

export interface ShellRun {
  readonly exit: ProcessExit;
  readonly output: string;
  /** Undefined when nothing was to be packed. */
  readonly packed: PackedChanges | undefined;
}

export function openWorkspace(sandbox: Sandbox, lowers: readonly string[]): Promise<Workspace> {
  return sandbox.open({ lowers, stubs, phantoms, root: attributes });
}

export function shellProcess(script: string, more: Partial<SandboxProcess> = {}): SandboxProcess {
  return {
    args: ["/bin/sh", "-c", script],
    env: [["PATH", "/bin"]],
    cwd: "/",
    createCwd: false,
    user: { uid: 0, gid: 0, groups: [] },
    network: "host",
    hostname: "buildkitsandbox",
    files: [
      { target: "/etc/resolv.conf", content: Buffer.from("nameserver 192.0.2.1\n"), mode: 0o644 },
      { target: "/etc/hosts", content: Buffer.from("127.0.0.1 localhost\n"), mode: 0o644 },
    ],
    devFiles: [],
    ...more,
  };
}

/** Runs it, and packs what it has changed. */
export async function runShell(
  sandbox: Sandbox,
  lowers: readonly string[],
  script: string,
  { pack = true, ...more }: Partial<SandboxProcess> & { readonly pack?: boolean } = {},
): Promise<ShellRun> {
  const workspace = await openWorkspace(sandbox, lowers);
  try {
    let output = "";
    const process = shellProcess(script, {
      onOutput: (_stream, bytes) => (output += Buffer.from(bytes).toString()),
      ...more,
    });
    const exit = await workspace.run(process);
    return { exit, output, packed: pack ? await workspace.pack({}) : undefined };
  } finally {
    await workspace[Symbol.asyncDispose]();
  }
}

export function nameOf({ diffId }: PackedChanges): string {
  return diffId.slice(diffId.indexOf(":") + 1);
}
