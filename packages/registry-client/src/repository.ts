// A repository on a registry: one more place to copy from and to. This class routes; how each thing is done
// is in pull/ and push/.
import { manifestSizeLimit, parseManifest, type Descriptor, type Digest } from "@tsbuild/oci";
import {
  readAll,
  verify,
  type BlobReader,
  type BlobStore,
  type Bytes,
  type CallOptions,
  type Mounter,
  type TagReader,
  type TagWriter,
  type WriteOptions,
  type WrittenBlob,
} from "@tsbuild/store";
import { isManifestContent } from "./content-path.ts";
import { findContent } from "./pull/find-content.ts";
import { listTags } from "./pull/list-tags.ts";
import { readBlob } from "./pull/read-blob.ts";
import { readManifest, resolveManifest } from "./pull/read-manifest.ts";
import { mountBlob } from "./push/mount-blob.ts";
import type { UploadBytes } from "./push/source.ts";
import { uploadBlob } from "./push/upload-blob.ts";
import { writeManifest } from "./push/write-manifest.ts";
import type { RegistryHost } from "./registry-host.ts";
import type { RepositoryContext } from "./repository-context.ts";

/** Manifests just pushed are kept for `tag`, which must send their bytes again; a few, and small ones. */
const keptManifests = 32;
const keptManifestBytes = 64 * 1024;

/** Blobs and manifests of one repository. A manifest is what a descriptor's media type says is one. */
export class Repository implements BlobStore, TagReader, TagWriter, Mounter {
  readonly reference: { readonly registry: string; readonly repository: string };
  readonly #context: RepositoryContext;
  readonly #pushed = new Map<Digest, Uint8Array>();

  /** Made by {@link RegistryClient.repository}. */
  constructor(host: RegistryHost, repository: string) {
    this.reference = { registry: host.registry, repository };
    this.#context = { host, repository, name: `${host.registry}/${repository}` };
  }

  /** @param name a tag or a digest */
  async resolve(name: string, options: CallOptions = {}): Promise<Descriptor | undefined> {
    return resolveManifest(this.#context, name, options.signal);
  }

  async has(blob: Descriptor, options: CallOptions = {}): Promise<boolean> {
    return (await findContent(this.#context, blob, options.signal)) !== undefined;
  }

  /**
   * @throws RegistryError (`BLOB_NOT_FOUND` when it is not there) or StoreError (`DIGEST_MISMATCH`,
   *   `SIZE_MISMATCH`), while iterating
   */
  read(blob: Descriptor, options: CallOptions = {}): Bytes {
    const read = isManifestContent(blob.mediaType) ? readManifest : readBlob;
    return read(this.#context, blob, options.signal);
  }

  /**
   * Pushes a blob, or a manifest by its digest when `expected.mediaType` is a manifest's or an index's.
   *
   * @param bytes give a function to make it possible to try again after a broken connection
   */
  async write(bytes: UploadBytes, options: WriteOptions = {}): Promise<WrittenBlob> {
    const { expected, signal } = options;
    signal?.throwIfAborted();
    const present = expected === undefined ? undefined : await findContent(this.#context, expected, signal);
    if (expected !== undefined && present?.size !== undefined)
      return { digest: expected.digest, size: present.size };
    const mediaType = expected?.mediaType;
    if (expected === undefined || mediaType === undefined || !isManifestContent(mediaType)) {
      return uploadBlob(this.#context, bytes, expected, signal);
    }
    const source = typeof bytes === "function" ? bytes() : bytes;
    const manifest = await readAll(verify(source, expected), manifestSizeLimit);
    await writeManifest(
      this.#context,
      { mediaType, digest: expected.digest },
      manifest,
      expected.digest,
      signal,
    );
    this.#keep(expected.digest, manifest);
    return { digest: expected.digest, size: manifest.length };
  }

  /** Makes the tag stand for a manifest that is here. A tag that does already is not touched: it may be immutable. */
  async tag(name: string, target: Descriptor, options: CallOptions = {}): Promise<void> {
    const { signal } = options;
    const current = await resolveManifest(this.#context, name, signal);
    if (current?.digest === target.digest) return;
    const bytes =
      this.#pushed.get(target.digest) ?? (await readAll(this.read(target, options), manifestSizeLimit));
    parseManifest(bytes, target.mediaType);
    await writeManifest(this.#context, target, bytes, name, signal);
  }

  /** Without the bytes passing through us, when `from` is a repository of the same registry and it agrees. */
  async mount(blob: Descriptor, from: BlobReader, options: CallOptions = {}): Promise<boolean> {
    if (!(from instanceof Repository) || from.reference.registry !== this.reference.registry) return false;
    if (isManifestContent(blob.mediaType)) return false;
    if (from.reference.repository === this.reference.repository) return this.has(blob, options);
    return mountBlob(this.#context, blob, from.reference.repository, options.signal);
  }

  /** All tags, in the registry's order. */
  async listTags(options: CallOptions = {}): Promise<string[]> {
    return listTags(this.#context, options.signal);
  }

  #keep(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > keptManifestBytes) return;
    this.#pushed.set(digest, bytes);
    const oldest = this.#pushed.keys().next().value;
    if (this.#pushed.size > keptManifests && oldest !== undefined) this.#pushed.delete(oldest);
  }
}
