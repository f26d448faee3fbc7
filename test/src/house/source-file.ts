// A source file as the architecture test sees it: its lines, its code without comments and strings' contents,
// and what it imports. Reads text only, so that a file which does not compile is still judged.
import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

export const checkoutRoot: string = join(import.meta.dirname, "../../..");

export interface SourceFile {
  /** From the checkout's root, with forward slashes. */
  readonly path: string;
  readonly kind: "source" | "test";
  readonly lines: readonly string[];
  /** Every module named in an import, a re-export, a dynamic import or `import.meta.resolve`. */
  readonly imports: readonly string[];
  /** The text without comments and with the contents of plain strings and templates removed. */
  readonly code: string;
}

/** All TypeScript files below `folder` (from the checkout's root), in order. */
export function listSourceFiles(folder: string): SourceFile[] {
  const root = join(checkoutRoot, folder);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?[jt]s$/.test(entry.name))
    .map((entry) => relative(checkoutRoot, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(node_modules|dist|testdata)\//.test(path))
    .sort()
    .map(readSourceFile);
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(checkoutRoot, path), "utf8");
  return {
    path,
    kind: /\.(test|suite|fixture)\.ts$/.test(path) ? "test" : "source",
    lines: text.replace(/\n$/, "").split("\n"),
    imports: findImports(text),
    code: withoutCommentsAndStrings(text),
  };
}

/** The path of the file that a relative import names. */
export function resolveRelative(file: SourceFile, specifier: string): string {
  return join(dirname(file.path), specifier);
}

export function nameOf(file: SourceFile): string {
  return basename(file.path).replace(/(\.test|\.suite|\.fixture)?(\.d)?\.m?[jt]s$/, "");
}

/** A statement starts its line, so that examples inside comments and strings are not taken for imports. */
function findImports(text: string): string[] {
  const statements = /^(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"/gm;
  const sideEffects = /^import\s*"([^"]+)"/gm;
  const dynamic = /\bimport\s*\(\s*"([^"]+)"|\bimport\.meta\.resolve\(\s*"([^"]+)"/g;
  const lines = text.replace(/^\s*(\/\/|\*).*$/gm, "");
  return [statements, sideEffects, dynamic].flatMap((pattern) =>
    [...lines.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? ""),
  );
}

function withoutCommentsAndStrings(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g,
    (match) => (match.startsWith("/") ? "" : '""'),
  );
}
