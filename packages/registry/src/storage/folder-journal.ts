// A repository's facts as one small file each, so that a kill at any moment leaves each fact old or new:
// repositories/<name>/_blobs/<digest>, _manifests/<digest> (JSON), _tags/<tag> (the digest). A name's part
// never begins with "_", so the three folders cannot be repositories.
import type { Dirent } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { isDigest, type Digest } from "@tsbuild/oci";
import { temporaryEnding, writeAtomically } from "./atomic-file.ts";
import type { Change, Journal, StoredManifest } from "./repositories.ts";

export class FolderJournal implements Journal {
  readonly #root: string;

  /** @param root the registry's folder */
  constructor(root: string) {
    this.#root = join(root, "repositories");
  }

  async record(change: Change): Promise<void> {
    const folder = join(this.#root, change.repository);
    switch (change.kind) {
      case "blob":
        return save(join(folder, "_blobs", change.digest), change.isThere ? "" : undefined);
      case "manifest":
        return save(
          join(folder, "_manifests", change.digest),
          change.manifest === undefined ? undefined : JSON.stringify(change.manifest),
        );
      case "tag":
        return save(join(folder, "_tags", change.tag), change.digest);
    }
  }

  /** All facts on disk. Torn and foreign files are skipped; temporary ones removed. */
  async load(): Promise<Change[]> {
    const found: Change[] = [];
    for (const entry of await list(this.#root)) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (entry.name.endsWith(temporaryEnding)) await rm(path, { force: true });
      else found.push(...(await this.#read(path, entry.name)));
    }
    return found;
  }

  async #read(path: string, name: string): Promise<Change[]> {
    const match = /^(.+)\/_(blobs|manifests|tags)\/[^/]+$/.exec(relative(this.#root, path));
    const repository = match?.[1];
    if (repository === undefined) return [];
    if (match?.[2] === "blobs")
      return isDigest(name) ? [{ kind: "blob", repository, digest: name, isThere: true }] : [];
    const text = await readFile(path, "utf8");
    if (match?.[2] === "tags")
      return isDigest(text) ? [{ kind: "tag", repository, tag: name, digest: text }] : [];
    const manifest = isDigest(name) ? parseStored(text, name) : undefined;
    return manifest === undefined
      ? []
      : [{ kind: "manifest", repository, digest: manifest.digest, manifest }];
  }
}

async function save(path: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(path, { force: true });
  else await writeAtomically(path, text);
}

async function list(root: string): Promise<Dirent[]> {
  try {
    return await readdir(root, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function parseStored(text: string, digest: Digest): StoredManifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const stored = value as StoredManifest; // our own file: these two fields tell whether it is whole
    return typeof stored.mediaType === "string" && stored.digest === digest ? stored : undefined;
  } catch {
    return undefined;
  }
}
