// Bytes into a file, which appears when it is whole, or into a stream that someone else owns.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Bytes } from "./blob-store.ts";
import { fileCalls, moveInPlace, withTemporary, writeFully } from "./files.ts";
import { storeFailure } from "./store-error.ts";

/** Writes all the bytes. A stream is not ended: its owner may have more to say, and stdout can't be. */
export async function sendBytes(bytes: Bytes, out: Writable | string, signal?: AbortSignal): Promise<void> {
  if (typeof out === "string") return sendToFile(bytes, out, signal);
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  // Rejects when the stream breaks (EPIPE) at whatever moment, also while the source is being read.
  const broken = finished(out, { readable: false, signal: either }).then(
    () => new Error("Cannot write to a stream: it was ended"),
    (error: unknown) => error,
  );
  let failure: { error: unknown } | undefined;
  void broken.then((error) => (failure = { error }));
  try {
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      if (failure !== undefined) throw failure.error;
      if (chunk.length > 0 && !out.write(chunk))
        await Promise.race([once(out, "drain", { signal: either }), broken]);
    }
    if (failure !== undefined) throw failure.error;
    await flushed(out);
  } catch (error) {
    signal?.throwIfAborted();
    throw failure?.error ?? error;
  } finally {
    stop.abort();
  }
}

async function sendToFile(bytes: Bytes, path: string, signal: AbortSignal | undefined): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await withTemporary(temporary, fileCalls, async (file) => {
      for await (const chunk of bytes) {
        signal?.throwIfAborted();
        await writeFully(file, chunk);
      }
    });
    await moveInPlace(temporary, path, fileCalls);
  } catch (error) {
    throw storeFailure(error, `write ${path}`, { path });
  }
}

/** Waits until the stream has taken everything that was written to it. */
async function flushed(out: Writable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    out.write(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
}
