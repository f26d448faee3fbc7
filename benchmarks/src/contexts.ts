// The contexts that are built: W1, very many small files, the shape of a `node_modules`; W2, a few very large ones,
// half of them text and half noise. The same bytes every time.
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { BaseName } from "../../test/src/bases/push-base.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface ContextSizes {
  readonly packages: number;
  readonly dataBytes: number;
  /** Of RUN, one after another. */
  readonly steps: number;
  readonly sleepSeconds: number;
  /** How often a RUN copies its base. */
  readonly copies: number;
  readonly largeBase: BaseName;
}

export const fullSizes: ContextSizes = {
  packages: 800,
  dataBytes: 2 ** 30,
  steps: 20,
  sleepSeconds: 5,
  copies: 2,
  largeBase: "large",
};
export const smallSizes: ContextSizes = {
  packages: 80,
  dataBytes: 2 ** 26,
  steps: 5,
  sleepSeconds: 1,
  copies: 1,
  largeBase: "debian",
};

const words = Array.from({ length: 4000 }, (_, n) =>
  createHash("md5")
    .update(String(n))
    .digest("hex")
    .slice(0, 3 + (n % 9)),
);
const keywords = [
  ..."function |return |const |module.exports = |require('|');\n|  if (|) {\n|  }\n|var |this.|prototype.".split(
    "|",
  ),
  ...".length| === |// |\n  * @param {|};\n\n".split("|"),
];

/** Text that compresses as program text does. */
function makeText(random: SeededRandom, bytes: number): Buffer {
  const parts: string[] = [];
  for (let length = 0; length < bytes;) {
    const part = `${keywords[random.below(keywords.length)]}${words[random.below(words.length)]}${random.fraction() < 0.6 ? " " : "\n"}`;
    parts.push(part);
    length += part.length;
  }
  return Buffer.from(parts.join("")).subarray(0, bytes);
}

const folders = ["", "lib", "lib/internal", "test", "dist"];

/** The file of many that W8 changes. */
export const changedFile = "node_modules/pkg-0007/lib/f01.js";

/** 62 or 63 files in five folders for each package. */
export function generateManyFiles(context: string, { packages }: ContextSizes): void {
  const random = new SeededRandom(1);
  const text = makeText(random, 8 << 20);
  for (let number = 0; number < packages; number += 1) {
    const root = join(context, "node_modules", `pkg-${String(number).padStart(4, "0")}`);
    for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
    for (let file = 0; file < (number < packages / 2 ? 62 : 63); file += 1) {
      const size = Math.floor(Math.min(120_000, Math.exp(random.normal(7.4, 1.25)))) + 20;
      const start = random.below(text.length - size);
      const head = Buffer.from(`// pkg ${number} file ${file} ${random.nextInteger()}\n`);
      const path = join(root, folders[file % folders.length] ?? "", `f${String(file).padStart(2, "0")}.js`);
      writeFileSync(path, Buffer.concat([head, text.subarray(start, start + size)]));
    }
  }
}

/** Twenty files, in pieces of 64 KiB that are text or noise. */
export function generateMuchData(context: string, { dataBytes }: ContextSizes): void {
  const random = new SeededRandom(2);
  const text = makeText(random, 4 << 20);
  const piece = Buffer.alloc(65_536);
  mkdirSync(join(context, "data"), { recursive: true });
  for (let file = 0; file < 20; file += 1) {
    const handle = openSync(join(context, "data", `part${String(file).padStart(2, "0")}.bin`), "w");
    for (let left = Math.floor(dataBytes / 20); left > 0; left -= piece.length) {
      const size = Math.min(left, piece.length);
      const start = random.below(text.length - size);
      writeSync(
        handle,
        random.fraction() < 0.5 ? random.fill(piece).subarray(0, size) : text.subarray(start, start + size),
      );
    }
    closeSync(handle);
  }
}
