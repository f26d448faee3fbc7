// Pull, push, mirror, save and load are all this: copy what a descriptor names from one place to another,
// children first and the manifest last, so that whoever sees a manifest at the destination finds all of it.
import type { Descriptor, Index, ManifestDocument, Platform } from "@tsbuild/oci";
import {
  formatPlatform,
  isIndexType,
  isManifestType,
  manifestSizeLimit,
  parseManifest,
  selectPlatform,
} from "@tsbuild/oci";
import type { BlobReader, BlobStore, Bytes, Mounter } from "./blob-store.ts";
import type { RunLimited } from "./limit-jobs.ts";
import { limitJobs } from "./limit-jobs.ts";
import { readAll } from "./read-all.ts";
import { StoreError } from "./store-error.ts";
import { watch } from "./verify.ts";

/** `bytes` of a progress event counts what has been sent of this blob so far. */
export interface CopyEvent {
  kind: "started" | "progress" | "exists" | "mounted" | "done";
  blob: Descriptor;
  bytes?: number;
}

export interface CopyOptions {
  signal?: AbortSignal | undefined;
  /** How many blobs travel at once. Default 4. */
  jobs?: number | undefined;
  /** Of an index, copy only the image for this platform. The index itself is copied as it is. */
  platform?: Platform | undefined;
  report?: ((event: CopyEvent) => void) | undefined;
}

const deepestIndex = 8;

/**
 * Copies a manifest or index and everything below it, or a single blob. What the destination has is not read
 * again, each blob travels once, and the first failure or an abort stops all of it. A layer with `urls` that
 * the source does not have is left out: nothing is ever fetched from those addresses (CVE-2020-15157).
 *
 * @throws {StoreError} `COPY_FAILED`, with the side in its facts and that side's error as its cause;
 *   `PLATFORM_NOT_FOUND`; what `signal` was aborted with
 */
export async function copy(
  root: Descriptor,
  from: BlobReader,
  to: BlobStore & Partial<Mounter>,
  options: CopyOptions = {},
): Promise<void> {
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const run = new Copy(from, to, { ...options, signal }, limitJobs(options.jobs ?? 4, signal), (error) =>
    failure.abort(error),
  );
  signal.throwIfAborted();
  try {
    await run.visit(root, 0);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  }
}

class Copy {
  readonly #from: BlobReader;
  readonly #to: BlobStore & Partial<Mounter>;
  readonly #options: CopyOptions & { signal: AbortSignal };
  readonly #limited: RunLimited;
  readonly #stop: (error: unknown) => void;
  readonly #visited = new Map<string, Promise<void>>();

  constructor(
    from: BlobReader,
    to: BlobStore & Partial<Mounter>,
    options: CopyOptions & { signal: AbortSignal },
    limited: RunLimited,
    stop: (error: unknown) => void,
  ) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#limited = limited;
    this.#stop = stop;
  }

  visit(node: Descriptor, depth: number): Promise<void> {
    // Two media types for one digest are two readings, and are both checked.
    const key = `${node.digest} ${node.mediaType}`;
    const known = this.#visited.get(key);
    if (known !== undefined) return known;
    const isParent = isManifestType(node.mediaType) || isIndexType(node.mediaType);
    const done = isParent ? this.#copyParent(node, depth) : this.#limited(() => this.#copyBlob(node));
    this.#visited.set(key, done);
    return done;
  }

  async #copyParent(node: Descriptor, depth: number): Promise<void> {
    if (depth > deepestIndex)
      throw sideFailed("source", node, new RangeError(`indexes are nested more than ${deepestIndex} deep`));
    const { bytes, present } = await this.#limited(() => this.#readParent(node));
    const document = await onSide("source", node, async () => parseManifest(bytes, node.mediaType));
    await this.#visitAll(this.#children(document), depth + 1);
    if (present) return this.#report("exists", node);
    await this.#limited(() => this.#send(node, chunkOf(bytes)));
  }

  /** Even when the destination has a manifest, what it names may be missing there: it is always followed. */
  async #readParent(node: Descriptor): Promise<{ bytes: Buffer; present: boolean }> {
    const { signal } = this.#options;
    if (node.size > manifestSizeLimit)
      throw sideFailed(
        "source",
        node,
        new RangeError(`a manifest may have ${manifestSizeLimit} bytes at most`),
      );
    if (await onSide("destination", node, () => this.#to.has(node, { signal }))) {
      const bytes = await readAll(this.#to.read(node, { signal }), manifestSizeLimit).catch(() => undefined);
      if (bytes !== undefined) return { bytes, present: true };
      signal.throwIfAborted(); // else it is there but damaged: send it again
    }
    const bytes = await onSide("source", node, () =>
      readAll(this.#from.read(node, { signal }), manifestSizeLimit),
    );
    return { bytes, present: false };
  }

  #children(document: ManifestDocument): Descriptor[] {
    if (document.kind === "manifest") return [document.manifest.config, ...document.manifest.layers];
    const { platform } = this.#options;
    return platform === undefined ? document.index.manifests : [selectImage(document.index, platform)];
  }

  /** Waits until every child has ended, also after a failure: nothing goes on behind the caller's back. */
  async #visitAll(children: Descriptor[], depth: number): Promise<void> {
    const visits = children.map(async (child) => {
      try {
        await this.visit(child, depth);
      } catch (error) {
        this.#stop(error);
        throw error;
      }
    });
    const failed = (await Promise.allSettled(visits)).some(({ status }) => status === "rejected");
    if (failed) throw this.#options.signal.reason; // the first failure, or what the caller aborted with
  }

  async #copyBlob(blob: Descriptor): Promise<void> {
    const { signal } = this.#options;
    if (await onSide("destination", blob, () => this.#to.has(blob, { signal })))
      return this.#report("exists", blob);
    if (blob.urls?.length && !(await onSide("source", blob, () => this.#from.has(blob, { signal })))) return;
    const mounted = await onSide("destination", blob, async () =>
      this.#to.mount?.(blob, this.#from, { signal }),
    );
    if (mounted === true) return this.#report("mounted", blob);
    await this.#send(blob, this.#from.read(blob, { signal }));
  }

  async #send(blob: Descriptor, source: Bytes): Promise<void> {
    const { signal } = this.#options;
    let sent = 0;
    let sourceFailure: { error: unknown } | undefined;
    const bytes = watch(
      source,
      (chunk) => this.#report("progress", blob, (sent += chunk.length)),
      (error) => {
        sourceFailure = { error };
      },
    );
    this.#report("started", blob);
    try {
      await this.#to.write(bytes, { expected: blob, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw sourceFailure
        ? sideFailed("source", blob, sourceFailure.error)
        : sideFailed("destination", blob, error);
    }
    this.#report("done", blob, blob.size);
  }

  #report(kind: CopyEvent["kind"], blob: Descriptor, bytes?: number): void {
    this.#options.report?.(bytes === undefined ? { kind, blob } : { kind, blob, bytes });
  }
}

function selectImage(index: Index, platform: Platform): Descriptor {
  const found = selectPlatform(index.manifests, platform);
  if (found !== undefined) return found;
  const offered = index.manifests.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  throw new StoreError(
    "PLATFORM_NOT_FOUND",
    `Cannot copy the image for ${formatPlatform(platform)}: the index has ${offered.join(", ") || "no platform"}`,
  );
}

async function onSide<T>(
  side: "source" | "destination",
  blob: Descriptor,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw sideFailed(side, blob, error);
  }
}

function sideFailed(side: "source" | "destination", blob: Descriptor, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const facts = { side, digest: blob.digest };
  return new StoreError("COPY_FAILED", `Cannot copy ${blob.digest}: the ${side} failed: ${reason}`, facts, {
    cause,
  });
}

async function* chunkOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
