// Bytes that tell how many of them have passed.
import type { Bytes } from "@tsbuild/store";

/** The same bytes; `report` hears the sum after each chunk. */
export async function* counted(
  bytes: Bytes,
  report: (current: number, done: boolean) => void,
): AsyncGenerator<Uint8Array> {
  let current = 0;
  for await (const chunk of bytes) {
    current += chunk.length;
    report(current, false);
    yield chunk;
  }
}
