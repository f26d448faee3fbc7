// A small file of a layer, whole and in memory.
import type { Content } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import { openContent } from "./open-content.ts";
import type { ContentOptions } from "./open-content.ts";

export interface ReadContentOptions extends ContentOptions {
  /** The most bytes that may be read. Default 64 MiB. */
  readonly limit?: number;
}

const defaultLimit = 64 * 1024 * 1024;

/**
 * The bytes of a file of `size` bytes, or the range of them that the options name.
 * @throws {LayerError} `CONTENT_LIMIT` when that is more than `limit`; and as `openContent`
 */
export async function readContent(
  content: Content,
  size: number,
  options: ReadContentOptions,
): Promise<Buffer> {
  const limit = options.limit ?? defaultLimit;
  const length = options.length ?? size - (options.offset ?? 0);
  if (length > limit) {
    const reason = `it has ${length} bytes, more than ${limit}`;
    throw new LayerError("CONTENT_LIMIT", `Cannot read content: ${reason}`, { facts: { limit, reason } });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of openContent(content, size, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
