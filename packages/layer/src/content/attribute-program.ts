// Runs a program that reads extended attributes in a folder, and tells its harmless complaints from those that mean that
// something was not read. Apart from the program that decompresses (run-program.ts), for which every complaint counts, and
// which has to work in no folder.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
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

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A file that is not there any more, that this user may not look at, or that is no file that a layer can have. */
const harmless =
  /: (?:Permission denied|Operation not permitted|No such file or directory|Not a directory|File name too long|Operation not supported|No data available|Too many levels of symbolic links|socket ignored|[Ff]ile .*removed before we read it|file changed as we read it|Exiting with failure status due to previous errors)$/;

/**
 * What the program prints, as it prints it. The end comes when it has ended well: whoever reads what it has cut short hears
 * first why it has. A reader that stops kills it.
 * @throws {LayerError} `FILE_UNREADABLE`; the signal's reason
 */
export async function* readOutput(options: AttributeProgram): AsyncGenerator<Buffer, void, void> {
  const { program, args, folder, cwd, searchPath, input, signal } = options;
  signal?.throwIfAborted();
  const child: Child = spawn(program, args, {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: searchPath, LC_ALL: "C" },
    signal: signal ?? undefined,
  });
  // Where no descriptor is left it has no streams either, whatever its type says.
  if (child.pid === undefined) throw unreadable(folder, await failureOf(child));
  const ended = endOf(child, options);
  ended.catch(() => undefined); // awaited when all is read
  child.stdin.on("error", () => undefined); // why it stopped reading is in its status
  child.stdin.end(input);
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await ended;
  } finally {
    child.kill("SIGKILL");
  }
}

/** The lines that it prints, some at a time; none is longer than what the kernel lets an attribute be. */
export async function* readLines(options: AttributeProgram): AsyncGenerator<readonly string[], void, void> {
  let rest = "";
  for await (const chunk of readOutput(options)) {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") yield [rest];
}

/** Resolves when it has ended well. */
function endOf(child: Child, { program, folder, signal }: AttributeProgram): Promise<void> {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const complaints = new Complaints();
  child.stderr.setEncoding("latin1").on("data", (text: string) => complaints.add(text));
  return new Promise<void>((resolve, reject) => {
    child.once("error", (error) => {
      const reason: unknown = signal?.aborted === true ? signal.reason : unreadable(folder, error);
      reject(reason);
      // What it has started may live on and hold the pipe.
      child.stdout.destroy(reason instanceof Error ? reason : error);
    });
    child.once("close", (status, killer) => {
      const reason = killer === null ? complaints.end() : `${name} was ended by ${killer}`;
      if (reason !== undefined) reject(unreadable(folder, reason));
      // 1 and 2 after complaints; anything else comes from somebody who speaks another way.
      else if (status !== null && status <= 2) resolve();
      else reject(unreadable(folder, `${name} ended with ${status}`));
    });
  });
}

async function failureOf(child: Child): Promise<Error> {
  const [error] = (await once(child, "error")) as [Error];
  return error;
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

function unreadable(folder: string, cause: string | Error): LayerError {
  const reason = typeof cause === "string" ? cause : cause.message;
  const message = `Cannot read extended attributes below ${JSON.stringify(folder)}: ${reason}`;
  return new LayerError("FILE_UNREADABLE", message, {
    facts: { path: folder, reason },
    ...(typeof cause === "string" ? {} : { cause }),
  });
}
