// A blob in several PATCH requests of one size, for registries behind a proxy that limits bodies.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
import type { Bytes } from "@tsbuild/store";
import { bodyOf } from "../http/message.ts";
import type { UploadSession } from "./upload-session.ts";

/** Below the smallest limit that is common before registries (nginx's 1 MiB aside, which nobody leaves). */
const chunkBytes = 16 * 1024 * 1024;

/** Sends all of `bytes`; holds one chunk in memory. Chunks are as large as the registry demands, when it does. */
export async function appendInChunks(
  session: UploadSession,
  bytes: Bytes,
  signal?: AbortSignal,
): Promise<void> {
  const size = Math.max(chunkBytes, session.minChunkBytes);
  let offset = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (length === 0) return;
    const chunk = Buffer.concat(parts, length);
    parts = [];
    length = 0;
    await session.append(bodyOf(chunk), { offset }, signal);
    offset += chunk.length;
  };
  for await (const part of bytes) {
    parts.push(part);
    length += part.length;
    if (length >= size) await flush();
  }
  await flush();
}
