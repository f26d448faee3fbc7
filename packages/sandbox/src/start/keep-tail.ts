// The last words of a stream, for an error message.
import type { Readable } from "node:stream";

/** Reads all of the stream; the function gives its last characters so far. */
export function keepTail(stream: Readable | null, length: number): () => string {
  let tail = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-length);
  });
  return () => tail;
}
