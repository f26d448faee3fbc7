// Extended attributes of a context's files. Node cannot read them, so the system's `getfattr` does, once for the whole
// folder; without that program (and on systems other than Linux) files have none, as with docker's own clients there.
import { decodeName } from "@tsbuild/layer";
import { spawn } from "node:child_process";
import { basename } from "node:path";

export type Attributes = ReadonlyMap<string, Uint8Array>;

/** Attributes by path in the folder; only of what has some that belong into an image. */
export async function readAttributes(
  folder: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Attributes>> {
  if (process.platform !== "linux") return new Map();
  const options = [
    "-R",
    "-h",
    "-P",
    "-d",
    "-m",
    "^(user\\.|security\\.capability$)",
    "-e",
    "hex",
    "--",
    basename(folder),
  ];
  const output = await run("getfattr", options, `${folder}/..`, signal);
  return output === undefined ? new Map() : parseAttributes(output, basename(folder));
}

/** What the program prints; undefined when it cannot be started. Files that it may not read are passed over. */
async function run(
  program: string,
  options: string[],
  cwd: string,
  signal?: AbortSignal,
): Promise<Buffer | undefined> {
  const path = process.env["PATH"] ?? "/usr/bin:/bin";
  return new Promise((resolve, reject) => {
    const child = spawn(program, options, {
      cwd,
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: path, LC_ALL: "C" },
      signal,
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) =>
      error.name === "AbortError" ? reject(signal?.reason ?? error) : resolve(undefined),
    );
    child.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** `# file: path`, then `name=0xhex` lines, then an empty line; odd bytes of names are octal escapes. */
export function parseAttributes(output: Buffer, root: string): Map<string, Attributes> {
  const found = new Map<string, Map<string, Uint8Array>>();
  let current: Map<string, Uint8Array> | undefined;
  for (const line of output.toString("latin1").split("\n")) {
    if (line.startsWith("# file: ")) {
      const path = decodeName(unescape(line.slice("# file: ".length)));
      current = new Map();
      found.set(path === root ? "" : path.slice(root.length + 1), current);
      continue;
    }
    const cut = line.indexOf("=");
    if (cut < 0 && line === "") continue;
    const name = decodeName(unescape(cut < 0 ? line : line.slice(0, cut)));
    const value = cut < 0 ? "" : line.slice(cut + 1);
    current?.set(name, Buffer.from(value.replace(/^0x/, ""), "hex"));
  }
  return found;
}

function unescape(text: string): Buffer {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, "latin1");
}
