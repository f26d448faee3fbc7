// Runs a program that reads extended attributes in a folder, and tells its harmless complaints from those that mean that
// something was not read.
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { LayerError } from "../layer-error.ts";

export interface AttributeProgram {
  /** An absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** For messages. */
  readonly folder: string;
  readonly cwd: string;
  readonly searchPath: string;
  readonly input?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RunningProgram {
  readonly stdout: Readable;
  /** Resolves when it has ended well; to be awaited once its output has been read. */
  readonly ended: Promise<void>;
}

/** A file that is not there any more, that this user may not look at, or that is no file that a layer can have. */
const harmless =
  /: (?:Permission denied|Operation not permitted|No such file or directory|Not a directory|File name too long|Operation not supported|No data available|Too many levels of symbolic links|socket ignored|[Ff]ile .*removed before we read it|file changed as we read it|Exiting with failure status due to previous errors)$/;

export function startProgram(options: AttributeProgram): RunningProgram {
  const { program, args, folder, cwd, searchPath, input, signal } = options;
  const name = program.slice(program.lastIndexOf("/") + 1);
  const child = spawn(program, args, {
    cwd,
    stdio: "pipe",
    env: { PATH: searchPath, LC_ALL: "C" },
    signal: signal ?? undefined,
  });
  child.stdin.on("error", () => undefined); // why it stopped reading is in its status
  child.stdin.end(input);
  const complaints = new Complaints();
  child.stderr.setEncoding("latin1").on("data", (text: string) => complaints.add(text));
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (error) => {
      reject(
        error.name === "AbortError"
          ? (signal?.reason ?? error)
          : unreadableAttributes(folder, error.message, error),
      );
    });
    child.once("close", (status, killer) => {
      const reason = killer === null ? complaints.end() : `${name} was ended by ${killer}`;
      if (reason !== undefined) reject(unreadableAttributes(folder, reason));
      // 1 and 2 after complaints; anything else comes from somebody who speaks another way.
      else if (status !== null && status <= 2) resolve();
      else reject(unreadableAttributes(folder, `${name} ended with ${status}`));
    });
  });
  ended.catch(() => undefined); // awaited later
  return { stdout: child.stdout, ended };
}

/** All that the program prints. */
export async function runProgram(options: AttributeProgram): Promise<Buffer> {
  const { stdout, ended } = startProgram(options);
  const output: Buffer[] = [];
  stdout.on("data", (chunk: Buffer) => output.push(chunk));
  await ended;
  return Buffer.concat(output);
}

/** What is said on stderr, kept only as far as it matters: the first complaint that is not harmless. */
class Complaints {
  #line = "";
  #serious: string | undefined;

  add(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#judge(line);
  }

  end(): string | undefined {
    this.#judge(this.#line);
    return this.#serious;
  }

  #judge(line: string): void {
    if (line !== "" && !harmless.test(line)) this.#serious ??= line;
  }
}

function unreadableAttributes(folder: string, reason: string, cause?: unknown): LayerError {
  const message = `Cannot read extended attributes below ${JSON.stringify(folder)}: ${reason}`;
  return new LayerError("FILE_UNREADABLE", message, {
    facts: { path: folder, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}
