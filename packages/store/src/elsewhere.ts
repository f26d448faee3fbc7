// Blobs that an image in this store names but that are only in a registry, and where: a base image need not
// be downloaded to be built on.
import type { Descriptor, Digest } from "@tsbuild/oci";
import { encodeJson, parseDescriptor, parseJson } from "@tsbuild/oci";
import type { Records } from "./records.ts";

/** A repository that had the blob. */
export interface BlobLocation {
  registry: string;
  repository: string;
  descriptor: Descriptor;
}

/** Where blobs are that are not here. It may be out of date: a registry can forget. */
export class Elsewhere {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** The known places of the blob, the last saved first. */
  async find(digest: Digest): Promise<BlobLocation[]> {
    return (await this.#records.list(digest))
      .flatMap(decodeLocation)
      .filter((l) => l.descriptor.digest === digest);
  }

  async save(descriptor: Descriptor, location: { registry: string; repository: string }): Promise<void> {
    const { registry, repository } = location;
    await this.#records.add(descriptor.digest, encodeJson({ registry, repository, descriptor }));
  }
}

function decodeLocation(bytes: Uint8Array): BlobLocation[] {
  try {
    const value = parseJson(bytes, 8 << 20);
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
    const { registry, repository, descriptor } = value;
    if (typeof registry !== "string" || typeof repository !== "string") return [];
    return [{ registry, repository, descriptor: parseDescriptor(encodeJson(descriptor)) }];
  } catch {
    return []; // another version's record
  }
}
