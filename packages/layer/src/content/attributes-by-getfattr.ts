// Extended attributes by getfattr, once for everything below a folder. It is started in the folder, so that no path of
// ours has to go through its arguments.
import { decodeName } from "../name.ts";
import { readLines } from "./attribute-program.ts";
import type { AttributeProgram } from "./attribute-program.ts";
import type { FoundAttributes } from "./found-attributes.ts";

/** @param names a regular expression as `getfattr -m` takes it */
export async function readByGetfattr(
  place: Omit<AttributeProgram, "args" | "input">,
  names: string,
  found: FoundAttributes,
): Promise<void> {
  const args = ["-R", "-h", "-P", "-d", "-m", names, "-e", "hex", "--", "."];
  const parser = new GetfattrParser(found);
  for await (const lines of readLines({ ...place, args })) for (const line of lines) parser.add(line);
}

/** `# file: path`, then `name=0xhex` lines, then an empty line; odd bytes of names are octal escapes. */
export class GetfattrParser {
  readonly #found: FoundAttributes;
  #path: string | undefined;

  constructor(found: FoundAttributes) {
    this.#found = found;
  }

  add(line: string): void {
    if (line.startsWith("# file: ")) {
      const path = decodeName(unescape(line.slice("# file: ".length)));
      this.#path = path === "." ? "" : path.startsWith("./") ? path.slice(2) : path;
      return;
    }
    if (line === "" || this.#path === undefined) return;
    const cut = line.indexOf("=");
    const name = decodeName(unescape(cut < 0 ? line : line.slice(0, cut)));
    const value = cut < 0 ? "" : line.slice(cut + 1);
    this.#found.add(this.#path, name, Buffer.from(value.replace(/^0x/, ""), "hex"));
  }
}

function unescape(text: string): Buffer {
  const bytes = text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, "latin1");
}
