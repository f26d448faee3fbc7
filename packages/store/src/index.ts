// Where bytes live by digest, and how they get from one place to another.
export type { ArchiveOptions } from "./archive-file.ts";
export type { ArchiveReader } from "./archive-reader.ts";
export type {
  BlobReader,
  BlobStore,
  BlobWriter,
  Bytes,
  CallOptions,
  ExpectedBlob,
  Mounter,
  TagReader,
  TagWriter,
  WriteOptions,
  WrittenBlob,
} from "./blob-store.ts";
export { combineReaders } from "./combine-readers.ts";
export { copy } from "./copy.ts";
export type { CopyEvent, CopyOptions } from "./copy.ts";
export type { DerivedFiles } from "./derived-files.ts";
export { openDockerArchive } from "./docker-archive.ts";
export type { BlobLocation, Elsewhere } from "./elsewhere.ts";
export { makeFolder } from "./files.ts";
export { LocalStore, openLocalStore, shareLocalStore } from "./local-store.ts";
export { MemoryStore } from "./memory-store.ts";
export { openOciArchive } from "./oci-archive.ts";
export { OciLayout, openOciLayout } from "./oci-layout.ts";
export { readAll } from "./read-all.ts";
export type { Records } from "./records.ts";
export { StoreError } from "./store-error.ts";
export type { StoreErrorCode, StoreErrorFacts } from "./store-error.ts";
export type { Tag, Tags } from "./tags.ts";
export type { TemporaryFolder } from "./temporary-folders.ts";
export { verify } from "./verify.ts";
export { writeDockerArchive, writeOciArchive } from "./write-archive.ts";
export type { ArchivedImage, WriteArchiveOptions } from "./write-archive.ts";
