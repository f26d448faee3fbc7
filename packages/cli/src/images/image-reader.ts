// Reads an image that is in the local store, also those of its blobs that are only in a registry: a base that
// was built on need not have been downloaded.
import type { Descriptor } from "@tsbuild/oci";
import type { Repository } from "@tsbuild/registry-client";
import {
  combineReaders,
  type BlobReader,
  type BlobStore,
  type CallOptions,
  type Mounter,
} from "@tsbuild/store";
import type { Session } from "./session.ts";

/** A reader of all blobs below `root`: the store first, then the registries known to have had the blob, or the root. */
export function openImageReader(session: Session, root: Descriptor): BlobReader {
  const remote = async (blob: Descriptor) => combineReaders(...(await repositoriesOf(session, root, blob)));
  const elsewhere: BlobReader = {
    has: async (blob, options) => (await remote(blob)).has(blob, options),
    async *read(blob, options) {
      yield* (await remote(blob)).read(blob, options);
    },
  };
  return combineReaders(session.store, elsewhere);
}

/** `target` with the gift to mount blobs, without reading them, from where the store knows them to be. */
export function mountFromElsewhere(
  session: Session,
  root: Descriptor,
  target: Repository,
): BlobStore & Mounter {
  return {
    has: (blob, options) => target.has(blob, options),
    read: (blob, options) => target.read(blob, options),
    write: (bytes, options) => target.write(bytes, options),
    async mount(blob: Descriptor, _from: BlobReader, options?: CallOptions) {
      for (const repository of await repositoriesOf(session, root, blob)) {
        if (await target.mount(blob, repository, options)) return true;
      }
      return false;
    },
  };
}

async function repositoriesOf(session: Session, root: Descriptor, blob: Descriptor): Promise<Repository[]> {
  const { elsewhere } = session.store;
  const found = [...(await elsewhere.find(blob.digest)), ...(await elsewhere.find(root.digest))];
  if (found.length === 0) return [];
  const client = await session.registries();
  const places = new Map(
    found.map(({ registry, repository }) => [`${registry}/${repository}`, { registry, repository }]),
  );
  return [...places.values()].map((place) => client.repository(place));
}
