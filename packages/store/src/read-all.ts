// Small blobs (manifests, configs) in memory, with a limit.
import type { Bytes } from "./blob-store.ts";
import { StoreError } from "./store-error.ts";

/**
 * All the bytes, at most `limit` of them.
 *
 * @throws {StoreError} `TOO_LARGE`, as soon as there are more
 */
export async function readAll(bytes: Bytes, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limit)
      throw new StoreError("TOO_LARGE", `Cannot read bytes into memory: there are more than ${limit}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
