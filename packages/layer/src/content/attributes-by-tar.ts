// Extended attributes by GNU tar, which more machines have than getfattr: a verbose listing marks the files that have
// some, and an archive of those has the values. Nothing is read of the other files: tar knows that nobody reads /dev/null.
import { readTar } from "../tar/read-tar.ts";
import { runProgram, startProgram } from "./attribute-program.ts";
import type { AttributeProgram } from "./attribute-program.ts";

type Place = Omit<AttributeProgram, "args" | "input">;

const always = [
  "--create",
  "--format=posix",
  "--numeric-owner",
  "--xattrs",
  "--xattrs-include=*",
  // Each name of a file is a file here; else only the first one would have attributes.
  "--hard-dereference",
];

/**
 * @param names a regular expression
 * @returns undefined when this is no GNU tar
 */
export async function readByTar(
  place: Place,
  names: RegExp,
): Promise<Map<string, Map<string, Uint8Array>> | undefined> {
  const version = await runProgram({ ...place, args: ["--version"] });
  if (!version.toString("latin1").includes("(GNU tar)")) return undefined;
  const found = new Map<string, Map<string, Uint8Array>>();
  const args = [...always, "--verbose", "--verbose", "--quoting-style=c", "--file=/dev/null", "."];
  const marked = parseMarked(await runProgram({ ...place, args }));
  if (marked.length === 0) return found;
  const { stdout, ended } = startProgram({
    ...place,
    args: [...always, "--no-recursion", "--null", "--files-from=-", "--file=-"],
    input: Buffer.concat(marked.flatMap((path) => [path, Buffer.of(0)])),
  });
  try {
    for await (const { entry } of readTar(
      stdout,
      place.signal === undefined ? {} : { signal: place.signal },
    )) {
      const kept = [...(entry.xattrs ?? [])]
        .map(([name, value]) => [decodeKeyword(name), value] as const)
        .filter(([name]) => names.test(name));
      if (kept.length > 0) found.set(entry.path, new Map(kept));
    }
  } catch (error) {
    // Why the archive is cut short is known to whoever has cut it.
    stdout.destroy();
    await ended;
    throw error;
  }
  await ended;
  return found;
}

/**
 * The paths that are marked as having attributes, as in
 *
 *     -rw-r--r--* 0/0    2 2026-01-01 00:00 "./name"
 *     lrwxrwxrwx* 0/0    0 2026-01-01 00:00 "./link" -> "target"
 */
export function parseMarked(output: Buffer): Buffer[] {
  return output
    .toString("latin1")
    .split("\n")
    .filter((line) => line[10] === "*")
    .map((line) => {
      const quoted = /^\S+ +\S+ +\S+ +\S+ +\S+ "((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
      if (quoted === undefined) throw new TypeError(`tar has listed ${JSON.stringify(line)}`);
      return unquote(quoted);
    });
}

const letters: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};

function unquote(text: string): Buffer {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    escape.length === 3 ? String.fromCharCode(Number.parseInt(escape, 8)) : (letters[escape] ?? escape),
  );
  return Buffer.from(bytes, "latin1");
}

/** GNU tar keeps "=" out of keywords. */
function decodeKeyword(name: string): string {
  return name.replace(/%(3D|25)/g, (_, code: string) => (code === "25" ? "%" : "="));
}
