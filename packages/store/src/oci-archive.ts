// An OCI layout packed in a tar, read in place.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import type { Descriptor } from "@tsbuild/oci";
import { manifestSizeLimit } from "@tsbuild/oci";
import type { ArchiveFile, ArchiveOptions } from "./archive-file.ts";
import { openArchiveFile } from "./archive-file.ts";
import type { ArchiveReader } from "./archive-reader.ts";
import { findNamed, withoutName } from "./image-names.ts";
import { blobName, checkLayoutFile, decodeIndex, indexFile, layoutFile } from "./layout-index.ts";

/**
 * Opens an OCI archive, which may be compressed with gzip.
 *
 * @throws {StoreError} `ARCHIVE_INVALID`, `LAYOUT_INVALID`, `IO`
 */
export async function openOciArchive(path: string, options: ArchiveOptions = {}): Promise<ArchiveReader> {
  const archive = await openArchiveFile(path, options);
  try {
    return await readLayout(archive);
  } catch (error) {
    await archive[Symbol.asyncDispose]();
    throw error;
  }
}

/** The OCI layout inside an open archive. */
export async function readLayout(archive: ArchiveFile): Promise<ArchiveReader> {
  checkLayoutFile(await archive.readMember(layoutFile, manifestSizeLimit), archive.path);
  const index = decodeIndex(await archive.readMember(indexFile, manifestSizeLimit), archive.path);
  return {
    roots: () => index.manifests,
    resolve: async (name) => {
      const found = findNamed(index.manifests, name);
      return found && withoutName(found);
    },
    has: async (blob: Descriptor) => archive.member(blobName(blob.digest))?.size === blob.size,
    read: (blob, callOptions) => archive.readBlob(blob, archive.member(blobName(blob.digest)), callOptions),
    [Symbol.asyncDispose]: () => archive[Symbol.asyncDispose](),
  };
}
