// Contexts of a given size for tests of memory: many small files, or much data in a few. The same every time.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `count` files of about 2 kB, 60 to a folder. */
export function generateManyFiles(folder: string, count: number): void {
  const text = "function example(value) { return value.length > 0 ? value : undefined; }\n".repeat(60);
  for (let file = 0; file < count; file += 1) {
    const parent = join(folder, `package-${Math.floor(file / 60)}`, "lib");
    if (file % 60 === 0) mkdirSync(parent, { recursive: true });
    writeFileSync(
      join(parent, `file-${file}.js`),
      `// ${file}\n${text.slice(0, 200 + ((file * 7919) % 3800))}`,
    );
  }
}

/** Files of 64 MiB and a rest, half of each of it noise that does not compress. */
export function generateMuchData(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  const chunk = Buffer.alloc(64 << 20);
  for (let offset = 0; offset < bytes; offset += chunk.length) {
    const size = Math.min(chunk.length, bytes - offset);
    fillWithNoise(chunk.subarray(0, size), offset + 1);
    writeFileSync(join(folder, `data-${offset / chunk.length}`), chunk.subarray(0, size));
  }
}

/** xorshift: fast, seeded, and good enough to defeat a compressor; every other 64 KiB is zeros. */
export function fillWithNoise(buffer: Buffer, seed: number): void {
  let state = seed | 0 || 1;
  for (let offset = 0; offset + 4 <= buffer.length; offset += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    buffer.writeInt32LE(offset & 0x10000 ? 0 : state, offset);
  }
}
