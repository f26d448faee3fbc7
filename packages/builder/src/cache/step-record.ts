// What the cache remembers of a step: the layer that it gave, and the chain of layers that it was made on. Keys
// say what was asked, not what came out, so a record counts only on the chain that this build has.
import { encodeJson, isDigest, type Descriptor, type Digest } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";
import type { Layer } from "../solve/layer.ts";

export interface StepRecord {
  readonly layer: Layer;
  /** The chain ID below the layer; undefined on an empty root filesystem. */
  readonly parentChain: Digest | undefined;
  /** Of a copy from a stage: the chain of that stage. A key says what was asked of the stage, not what it gave. */
  readonly sourceChain?: Digest | undefined;
  /** RFC 3339; becomes the time in the image's history, so that a rebuild gives the same bytes. */
  readonly created: string;
}

/** The records under a key that were made on `parentChain`, newest first. Damaged ones are passed over. */
export async function findRecords(
  store: LocalStore,
  key: Digest,
  parentChain: Digest | undefined,
): Promise<StepRecord[]> {
  const records = await store.records.list(key);
  return records.flatMap((bytes) => {
    const record = decode(bytes);
    return record !== undefined && record.parentChain === parentChain ? [record] : [];
  });
}

/** Adds a record under a key; others under it stay. */
export async function saveRecord(store: LocalStore, key: Digest, record: StepRecord): Promise<void> {
  const { layer, parentChain, sourceChain, created } = record;
  const document = {
    version: 1,
    descriptor: layer.descriptor,
    diffId: layer.diffId,
    parentChain: parentChain ?? null,
    ...(sourceChain === undefined ? {} : { sourceChain }),
    created,
  };
  await store.records.add(key, encodeJson(document));
}

function decode(bytes: Uint8Array): StepRecord | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (!isObject(value) || value["version"] !== 1) return undefined;
    const { descriptor, diffId, parentChain, sourceChain, created } = value;
    if (!isDescriptor(descriptor) || !isDigestValue(diffId) || typeof created !== "string") return undefined;
    if (parentChain !== null && !isDigestValue(parentChain)) return undefined;
    const record = { layer: { descriptor, diffId }, parentChain: parentChain ?? undefined, created };
    return isDigestValue(sourceChain) ? { ...record, sourceChain } : record;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isDigestValue(value: unknown): value is Digest {
  return typeof value === "string" && isDigest(value);
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    isObject(value) &&
    typeof value["mediaType"] === "string" &&
    Number.isSafeInteger(value["size"]) &&
    isDigestValue(value["digest"])
  );
}
