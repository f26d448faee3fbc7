// The one way to read a blob: its digest, its size, and that nothing trails, checked while it streams by.
// A verified stream remembers that it is one, so that bytes on their way from one place to another are
// hashed once.
import type { Digest } from "@tsbuild/oci";
import { createHasher, digestAlgorithm } from "@tsbuild/oci";
import type { Bytes } from "./blob-store.ts";
import { StoreError } from "./store-error.ts";

/** Bytes whose end is reached only if they have this digest. Made by this file alone. */
class VerifiedBytes implements AsyncIterable<Uint8Array> {
  readonly digest: Digest;
  readonly size: number | undefined;
  readonly #iterate: () => AsyncIterator<Uint8Array>;

  constructor(
    expected: { digest: Digest; size?: number | undefined },
    iterate: () => AsyncIterator<Uint8Array>,
  ) {
    this.digest = expected.digest;
    this.size = expected.size;
    this.#iterate = iterate;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#iterate();
  }
}

/**
 * The same bytes, ending in an error if they are not the expected ones. The last chunk is held back until
 * everything has been checked, so whoever stops at the right length has verified bytes too.
 *
 * @throws {StoreError} `DIGEST_MISMATCH` or `SIZE_MISMATCH`, while iterating
 */
export function verify(bytes: Bytes, expected: { digest: Digest; size?: number | undefined }): Bytes {
  if (isVerified(bytes, expected.digest, expected.size)) return bytes;
  return new VerifiedBytes(expected, () => checked(bytes, expected));
}

/** Whether reading these bytes to the end proves this digest (and size). */
export function isVerified(bytes: Bytes, digest: Digest, size?: number): boolean {
  return (
    bytes instanceof VerifiedBytes && bytes.digest === digest && (size === undefined || bytes.size === size)
  );
}

/** Calls `see` with each chunk that goes by, and `fail` with what the source throws. Verified bytes stay so. */
export function watch(
  bytes: Bytes,
  see: (chunk: Uint8Array) => void,
  fail: (error: unknown) => void | Promise<void> = () => {},
): Bytes {
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of bytes) {
        see(chunk);
        yield chunk;
      }
    } catch (error) {
      await fail(error);
      throw error;
    }
  }
  return bytes instanceof VerifiedBytes
    ? new VerifiedBytes(bytes, watched)
    : { [Symbol.asyncIterator]: watched };
}

/** Verified bytes from a source that is chosen only when reading begins. */
export function verifyLater(expected: { digest: Digest; size: number }, choose: () => Promise<Bytes>): Bytes {
  return new VerifiedBytes(expected, async function* () {
    yield* verify(await choose(), expected);
  });
}

export function digestMismatch(digest: Digest, actual: Digest): StoreError {
  return new StoreError(
    "DIGEST_MISMATCH",
    `Cannot read blob ${digest}: its bytes have the digest ${actual}`,
    {
      digest,
    },
  );
}

export function sizeMismatch(digest: Digest, size: number, actual: string): StoreError {
  return new StoreError("SIZE_MISMATCH", `Cannot read blob ${digest}: it has ${actual} bytes, not ${size}`, {
    digest,
  });
}

async function* checked(
  bytes: Bytes,
  { digest, size }: { digest: Digest; size?: number | undefined },
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher(digestAlgorithm(digest));
  let length = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue;
    length += chunk.length;
    if (size !== undefined && length > size) throw sizeMismatch(digest, size, "more");
    hasher.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (size !== undefined && length !== size) throw sizeMismatch(digest, size, String(length));
  const actual = hasher.digest();
  if (actual !== digest) throw digestMismatch(digest, actual);
  if (held !== undefined) yield held;
}
