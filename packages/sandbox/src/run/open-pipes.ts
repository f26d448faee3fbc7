// Pipes for a process's output. Node makes sockets for its children, and nobody can open /dev/stdout when that is a socket:
// so these are FIFOs, which everybody may open whoever the process runs as, each used once, without a name as soon as both
// ends are open. They are made in stock, since a program has to make them.
import { randomBytes } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { SandboxError } from "../sandbox-error.ts";
import { runTool } from "../tools/run-tool.ts";

export interface OutputPipes {
  /** For its stdout and its stderr. */
  readonly readers: readonly [Socket, Socket];
  /** Descriptors for the child; of no use here when it has been started. */
  readonly writers: readonly [number, number];
}

const stockSize = 32;

/**
 * @param stock a folder that is made when it is missing
 * @throws {SandboxError} `PROCESS_NOT_STARTED`, `TOOL_MISSING`
 */
export async function openPipes(stock: string): Promise<OutputPipes> {
  mkdirSync(stock, { recursive: true });
  // Others may have taken what was made, in the meantime.
  for (;;) {
    const [first, second] = readdirSync(stock);
    if (first !== undefined && second !== undefined) {
      return openBoth(`${stock}/${first}`, `${stock}/${second}`);
    }
    await fillUp(stock);
  }
}

/** The writers. The readers end when the child's copies are gone too. */
export function closeWriters({ writers }: OutputPipes): void {
  for (const fd of writers) closeSync(fd);
}

/** In a folder of its own first: another run must not take what is only half made. */
async function fillUp(stock: string): Promise<void> {
  const batch = randomBytes(4).toString("hex");
  const making = `${stock}-${batch}`;
  const names = Array.from({ length: stockSize }, (_, index) => `${batch}-${index}`);
  mkdirSync(making);
  try {
    const { status, stderr } = await runTool("mkfifo", ["-m", "666", ...names], { cwd: making });
    if (status !== 0) {
      const reason = stderr.trim();
      throw new SandboxError("PROCESS_NOT_STARTED", `Cannot make pipes for the output: ${reason}`, {
        facts: { tool: "mkfifo", reason },
      });
    }
    for (const name of names) renameSync(`${making}/${name}`, `${stock}/${name}`);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

function openBoth(...paths: [string, string]): OutputPipes {
  const open: number[] = [];
  const openEnds = (path: string): { readonly reader: number; readonly writer: number } => {
    // The reader first, without waiting for a writer; then the writer need not wait either.
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    open.push(reader);
    const writer = openSync(path, constants.O_WRONLY);
    open.push(writer);
    return { reader, writer };
  };
  try {
    const [stdout, stderr] = [openEnds(paths[0]), openEnds(paths[1])];
    return {
      readers: [readFrom(stdout.reader), readFrom(stderr.reader)],
      writers: [stdout.writer, stderr.writer],
    };
  } catch (error) {
    for (const fd of open) closeSync(fd);
    throw error;
  } finally {
    for (const path of paths) rmSync(path, { force: true });
  }
}

function readFrom(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}
