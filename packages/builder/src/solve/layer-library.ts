// What can be asked of a layer while building: its blob, its index, its tar. A blob is fetched at most once, an
// index is made in the same pass, and both stay in the local store; a layer that nobody asks about is never
// downloaded.
import {
  EntryTable,
  indexLayer,
  inflateLayer,
  LayerError,
  type Content,
  type DecompressLimits,
} from "@tsbuild/layer";
import { digestHex, type Descriptor, type Digest } from "@tsbuild/oci";
import type { RegistryClient } from "@tsbuild/registry-client";
import { StoreError, type BlobReader, type LocalStore, type TemporaryFolder } from "@tsbuild/store";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "../build-error.ts";
import { counted } from "./counted.ts";
import type { Layer } from "./layer.ts";
import { findLayerTar, keepLayerTar } from "./layer-tar.ts";
import { TarSpool } from "./tar-spool.ts";
import { tee } from "./tee.ts";

/** Wraps each download: `work` is given where to tell how many bytes have come. */
export type Download = <T>(
  blob: Descriptor,
  work: (report: (current: number, done: boolean) => void) => Promise<T>,
) => Promise<T>;

export class LayerLibrary implements AsyncDisposable {
  readonly #store: LocalStore;
  readonly #registries: RegistryClient;
  readonly #signal: AbortSignal | undefined;
  readonly #download: Download;
  readonly #limits: DecompressLimits;
  readonly #layers = new Map<Digest, Layer>();
  readonly #tables = new Map<Digest, Promise<EntryTable>>();
  readonly #blobs = new Map<Digest, Promise<void>>();
  readonly #files = new Map<Digest, Promise<string>>();
  readonly #paths = new Map<Digest, string>();
  readonly #spools = new Map<Digest, TarSpool>();
  #spoolFolder: Promise<TemporaryFolder> | undefined;
  #willUnpack = false;

  constructor(o: {
    readonly store: LocalStore;
    readonly registries: RegistryClient;
    readonly signal?: AbortSignal | undefined;
    readonly download?: Download;
    /** Of the layers of others; what this store has packed itself may be any size. */
    readonly limits?: DecompressLimits;
  }) {
    this.#store = o.store;
    this.#registries = o.registries;
    this.#signal = o.signal;
    this.#limits = o.limits ?? {};
    this.#download = o.download ?? ((_blob, work) => work(() => undefined));
  }

  /** From here on layers that are downloaded are about to be unpacked: their tars are caught on the way. */
  willUnpack(): void {
    this.#willUnpack = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#spoolFolder)?.[Symbol.asyncDispose]();
  }

  /** Whether the layer's blob is here, or known to be in a registry. */
  async isKnown(layer: Layer): Promise<boolean> {
    if (await this.#store.has(layer.descriptor)) return true;
    return (await this.#store.elsewhere.find(layer.descriptor.digest)).length > 0;
  }

  /** Whether the layer's index has been made before. */
  async hasTable(layer: Layer): Promise<boolean> {
    return (await this.#store.derived.find("index", digestHex(layer.diffId))) !== undefined;
  }

  /** The layer's index: from the local store, or made by reading the blob once. */
  table(layer: Layer): Promise<EntryTable> {
    this.#layers.set(layer.diffId, layer);
    return this.#once(this.#tables, layer.diffId, () => this.#readTable(layer));
  }

  /** The path of the layer's uncompressed tar, made the first time somebody reads from it. */
  async file(layer: Layer): Promise<string> {
    const path = await this.#once(this.#files, layer.diffId, () => this.#inflate(layer));
    this.#paths.set(layer.diffId, path);
    return path;
  }

  /** Makes what a content is a slice of readable with `filePath`. */
  async fileOf(content: Content): Promise<void> {
    if (content.kind !== "slice" || this.#paths.has(content.layer)) return;
    await this.fileById(content.layer);
  }

  /** Like `file` for a layer whose file has been made in this build. */
  filePath(diffId: Digest): string {
    const path = this.#paths.get(diffId);
    if (path === undefined) throw new RangeError(`the tar of ${diffId} has not been made`);
    return path;
  }

  /** Like `file`, for a layer whose index this build has asked for. */
  async fileById(diffId: Digest): Promise<string> {
    const layer = this.#layers.get(diffId);
    if (layer === undefined) throw new RangeError(`${diffId} is not a layer of this build`);
    return this.file(layer);
  }

  /** The path of the layer's uncompressed tar, when somebody has made it. */
  async knownFile(layer: Layer): Promise<string | undefined> {
    const spool = this.#spools.get(layer.diffId);
    if (spool !== undefined) return spool.path;
    const made = this.#files.get(layer.diffId);
    return made === undefined ? findLayerTar(this.#store, layer.diffId) : made;
  }

  /** Sees to it that the layer's blob is in the local store. */
  async fetch(layer: Layer): Promise<void> {
    const { descriptor } = layer;
    if (await this.#store.has(descriptor)) return;
    // Another step may be reading it for its index: that ends with the blob in the store.
    await this.#tables.get(layer.diffId);
    await this.#once(this.#blobs, layer.diffId, async () => {
      if (await this.#store.has(descriptor)) return;
      const reader = await this.reader(descriptor);
      await this.#download(descriptor, async (report) => {
        const bytes = counted(reader.read(descriptor, this.#signalOption()), report);
        await this.#store.write(bytes, { expected: descriptor, ...this.#signalOption() });
        report(descriptor.size, true);
      });
    });
  }

  /** Keeps the index of a layer that this build has packed. */
  async saveTable(layer: Layer, table: EntryTable): Promise<void> {
    this.#layers.set(layer.diffId, layer);
    this.#tables.set(layer.diffId, Promise.resolve(table));
    await this.#store.derived.write("index", digestHex(layer.diffId), table.toBytes());
  }

  /** Where a blob can be read: the local store, or the registries that are known to have it. */
  async reader(blob: Descriptor): Promise<BlobReader> {
    if (await this.#store.has(blob)) return this.#store;
    const locations = await this.#store.elsewhere.find(blob.digest);
    const [only, second] = locations;
    if (only !== undefined && second === undefined) return this.#registries.repository(only);
    // A registry that was named once may be gone, or have forgotten: any of them will do.
    let failure: unknown;
    for (const location of locations) {
      const repository = this.#registries.repository(location);
      try {
        if (await repository.has(blob, this.#signalOption())) return repository;
      } catch (error) {
        this.#signal?.throwIfAborted();
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    throw new BuildError(
      "IMAGE_UNAVAILABLE",
      `Cannot read ${blob.digest}: it is neither in the local store nor known to be in a registry; pull its image again`,
    );
  }

  async #readTable(layer: Layer): Promise<EntryTable> {
    const name = digestHex(layer.diffId);
    const known = await this.#store.derived.find("index", name);
    if (known !== undefined) {
      try {
        return EntryTable.fromBytes(await readFile(known));
      } catch {
        // A damaged index is only a copy of what the blob says: make it again.
      }
    }
    const indexed = await this.#index(layer).catch(async (error: unknown) => {
      throw await this.#explained(error, layer);
    });
    if (indexed.diffId !== layer.diffId) {
      throw notAsClaimed(layer, `its content is ${indexed.diffId}`);
    }
    await this.#store.derived.write("index", name, indexed.table.toBytes());
    return indexed.table;
  }

  /** A fault of the layer's bytes, with the layer's name and where it came from. */
  async #explained(error: unknown, { descriptor }: Layer): Promise<unknown> {
    const [location] = await this.#store.elsewhere.find(descriptor.digest);
    const from = location === undefined ? "" : ` of ${location.registry}/${location.repository}`;
    const isWrong =
      error instanceof StoreError && (error.code === "DIGEST_MISMATCH" || error.code === "SIZE_MISMATCH");
    if (!isWrong && !(error instanceof LayerError)) return error;
    const remedy = isWrong ? "; try again, and if it stays so, push the image anew" : "";
    const message = `Cannot use the layer ${descriptor.digest}${from}: ${error.message}${remedy}`;
    return new BuildError("IMAGE_UNAVAILABLE", message, { cause: error });
  }

  /** Reads the blob once: into the local store, when it is not there yet, and through the indexer. */
  async #index(layer: Layer): Promise<Awaited<ReturnType<typeof indexLayer>>> {
    const { descriptor } = layer;
    const o = { mediaType: descriptor.mediaType, limits: this.#limits, ...this.#signalOption() };
    const reader = await this.reader(descriptor);
    if (reader === this.#store) return indexLayer(this.#store.read(descriptor, this.#signalOption()), o);
    return this.#download(descriptor, async (report) => {
      const bytes = reader.read(descriptor, this.#signalOption());
      const [forStore, forIndex] = tee(counted(bytes, report));
      const spool = await this.#openSpool(layer);
      const [stored, indexed] = await Promise.allSettled([
        this.#store.write(forStore, { expected: descriptor, ...this.#signalOption() }),
        indexLayer(forIndex, spool === undefined ? o : { ...o, teeTar: (chunk) => spool.write(chunk) }),
      ]);
      const isCaught = (await spool?.finish()) === true;
      if (stored.status === "rejected") throw stored.reason;
      if (indexed.status === "rejected") throw indexed.reason;
      if (isCaught && spool !== undefined && indexed.value.diffId === layer.diffId) {
        this.#spools.set(layer.diffId, spool);
      }
      report(descriptor.size, true);
      return indexed.value;
    });
  }

  async #openSpool({ diffId }: Layer): Promise<TarSpool | undefined> {
    if (!this.#willUnpack) return undefined;
    this.#spoolFolder ??= this.#store.temporaryFolder();
    return new TarSpool(join((await this.#spoolFolder).path, digestHex(diffId)));
  }

  async #inflate(layer: Layer): Promise<string> {
    const table = await this.table(layer);
    return keepLayerTar(this.#store, layer.diffId, async (path) => {
      try {
        await this.#inflateTo(path, layer);
      } catch (error) {
        if (!(error instanceof LayerError)) throw error;
        if (error.code === "COMPRESSION_LIMIT") {
          // Of a layer that is all zeros, and that this store has packed or read before, its index knows the true size.
          await this.#inflateTo(path, layer, {
            maxRatio: Infinity,
            maxBytes: longestTar(table, layer.diffId),
          });
          return;
        }
        if (error.code !== "DIFF_ID_MISMATCH") throw error;
        throw notAsClaimed(layer, error.facts.reason ?? "it is another", { cause: error });
      }
    });
  }

  async #inflateTo(path: string, { descriptor, diffId }: Layer, limits = this.#limits): Promise<void> {
    const bytes = (await this.reader(descriptor)).read(descriptor, this.#signalOption());
    await inflateLayer(bytes, path, { diffId, limits, ...this.#signalOption() });
  }

  #once<T>(memo: Map<Digest, Promise<T>>, key: Digest, make: () => Promise<T>): Promise<T> {
    const known = memo.get(key);
    if (known !== undefined) return known;
    const made = make();
    memo.set(key, made);
    return made;
  }

  #signalOption(): { signal?: AbortSignal } {
    return this.#signal === undefined ? {} : { signal: this.#signal };
  }
}

/** No tar of these entries is longer: their contents, headers, and some room for padding. */
function longestTar(table: EntryTable, diffId: Digest): number {
  let end = 0;
  for (const change of table.changes()) {
    if (change.kind !== "put" || change.entry.kind !== "file") continue;
    const { content, size } = change.entry;
    if (content.kind === "slice" && content.layer === diffId) end = Math.max(end, content.offset + size);
  }
  return end + 4096 * table.length + 64 * 1024 * 1024;
}

function notAsClaimed(layer: Layer, reason: string, options?: ErrorOptions): BuildError {
  return new BuildError(
    "IMAGE_UNAVAILABLE",
    `Cannot use the layer ${layer.descriptor.digest}: ${reason}, the image's config says ${layer.diffId}`,
    options,
  );
}
