// Extended attributes by GNU tar, which more machines have than getfattr: a verbose listing marks the files that have
// some, and an archive of those has the values. Nothing is read of the other files: tar knows that nobody reads /dev/null.
import { readTar } from "../tar/read-tar.ts";
import { readLines, readOutput } from "./attribute-program.ts";
import type { AttributeProgram } from "./attribute-program.ts";
import type { FoundAttributes } from "./found-attributes.ts";

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
 * @returns whether this is GNU tar; else nothing was read
 */
export async function readByTar(place: Place, names: RegExp, found: FoundAttributes): Promise<boolean> {
  if (!(await isGnuTar(place))) return false;
  const marked = await listMarked(place);
  if (marked.length === 0) return true;
  const archive = readOutput({
    ...place,
    args: [...always, "--no-recursion", "--null", "--files-from=-", "--file=-"],
    input: Buffer.concat(marked.flatMap((path) => [path, Buffer.of(0)])),
  });
  const { signal } = place;
  for await (const { entry } of readTar(archive, signal === undefined ? {} : { signal })) {
    for (const [keyword, value] of entry.xattrs ?? []) {
      const name = decodeKeyword(keyword);
      if (names.test(name)) found.add(entry.path, name, value);
    }
  }
  return true;
}

async function isGnuTar(place: Place): Promise<boolean> {
  let version = "";
  for await (const lines of readLines({ ...place, args: ["--version"] })) version ||= lines[0] ?? "";
  return version.includes("(GNU tar)");
}

async function listMarked(place: Place): Promise<Buffer[]> {
  const args = [...always, "--verbose", "--verbose", "--quoting-style=c", "--file=/dev/null", "."];
  const marked: Buffer[] = [];
  for await (const lines of readLines({ ...place, args })) marked.push(...parseMarked(lines));
  return marked;
}

/**
 * The paths that are marked as having attributes, as in
 *
 *     -rw-r--r--* 0/0    2 2026-01-01 00:00 "./name"
 *     lrwxrwxrwx* 0/0    0 2026-01-01 00:00 "./link" -> "target"
 */
export function parseMarked(lines: readonly string[]): Buffer[] {
  return lines
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
