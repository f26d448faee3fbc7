// Extended attributes by getfattr, once for everything below a folder. It is started in the folder, so that no path of
// ours has to go through its arguments.
import { decodeName } from "../name.ts";
import { runProgram } from "./attribute-program.ts";
import type { AttributeProgram } from "./attribute-program.ts";

/** @param names a regular expression as `getfattr -m` takes it */
export async function readByGetfattr(
  place: Omit<AttributeProgram, "args" | "input">,
  names: string,
): Promise<Map<string, Map<string, Uint8Array>>> {
  const args = ["-R", "-h", "-P", "-d", "-m", names, "-e", "hex", "--", "."];
  return parseGetfattr(await runProgram({ ...place, args }));
}

/** `# file: path`, then `name=0xhex` lines, then an empty line; odd bytes of names are octal escapes. */
export function parseGetfattr(output: Buffer): Map<string, Map<string, Uint8Array>> {
  const found = new Map<string, Map<string, Uint8Array>>();
  let current: Map<string, Uint8Array> | undefined;
  for (const line of output.toString("latin1").split("\n")) {
    if (line.startsWith("# file: ")) {
      const path = decodeName(unescape(line.slice("# file: ".length)));
      current = new Map();
      found.set(path === "." ? "" : path.startsWith("./") ? path.slice(2) : path, current);
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
