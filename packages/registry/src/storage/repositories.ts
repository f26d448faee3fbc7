// What belongs to which repository: blobs it may serve, manifests with their media types, tags. All of it is
// in memory; a journal, when there is one, hears of each change before the client does.
import type { Descriptor, Digest } from "@tsbuild/oci";

/** A manifest of a repository; `size` in bytes. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  /** What the referrers endpoint tells: only for manifests with a subject. */
  readonly subject?: Digest;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One fact about a repository that came to be or ceased. */
export type Change =
  | { readonly kind: "blob"; readonly repository: string; readonly digest: Digest; readonly isThere: boolean }
  | {
      readonly kind: "manifest";
      readonly repository: string;
      readonly digest: Digest;
      readonly manifest: StoredManifest | undefined;
    }
  | {
      readonly kind: "tag";
      readonly repository: string;
      readonly tag: string;
      readonly digest: Digest | undefined;
    };

/** Keeps changes; resolves when a change is durable. */
export interface Journal {
  record(change: Change): Promise<void>;
}

interface Repository {
  readonly blobs: Set<Digest>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

export class Repositories {
  readonly #repositories = new Map<string, Repository>();
  readonly #journal: Journal | undefined;

  /** @param known changes that the journal had recorded before */
  constructor(known: Iterable<Change> = [], journal?: Journal) {
    for (const change of known) this.#set(change);
    this.#journal = journal;
  }

  /** Makes it durable, then visible. */
  async apply(change: Change): Promise<void> {
    await this.#journal?.record(change);
    this.#set(change);
  }

  /** Names in lexical order. */
  names(): string[] {
    return [...this.#repositories.keys()].sort();
  }

  exists(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  hasBlob(repository: string, digest: Digest): boolean {
    return this.#repositories.get(repository)?.blobs.has(digest) === true;
  }

  manifest(repository: string, digest: Digest): StoredManifest | undefined {
    return this.#repositories.get(repository)?.manifests.get(digest);
  }

  tag(repository: string, tag: string): Digest | undefined {
    return this.#repositories.get(repository)?.tags.get(tag);
  }

  /** In lexical order, as the specification wants. */
  tags(repository: string): string[] {
    return [...(this.#repositories.get(repository)?.tags.keys() ?? [])].sort();
  }

  /** Tags that stand for this manifest. */
  tagsOf(repository: string, digest: Digest): string[] {
    return [...(this.#repositories.get(repository)?.tags ?? [])]
      .filter(([, d]) => d === digest)
      .map(([tag]) => tag);
  }

  /** Manifests whose subject is `digest`, as descriptors for an index. */
  referrers(repository: string, digest: Digest): Descriptor[] {
    const manifests = this.#repositories.get(repository)?.manifests.values() ?? [];
    const found: Descriptor[] = [];
    for (const { subject, mediaType, digest: own, size, artifactType, annotations } of manifests) {
      if (subject !== digest) continue;
      const extra = {
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      };
      found.push({ mediaType, digest: own, size, ...extra });
    }
    return found;
  }

  /** Whether any repository still has the blob or manifest. */
  isUsed(digest: Digest): boolean {
    for (const { blobs, manifests } of this.#repositories.values()) {
      if (blobs.has(digest) || manifests.has(digest)) return true;
    }
    return false;
  }

  #set(change: Change): void {
    const repository = this.#open(change.repository);
    switch (change.kind) {
      case "blob":
        if (change.isThere) repository.blobs.add(change.digest);
        else repository.blobs.delete(change.digest);
        return;
      case "manifest":
        if (change.manifest === undefined) repository.manifests.delete(change.digest);
        else repository.manifests.set(change.digest, change.manifest);
        return;
      case "tag":
        if (change.digest === undefined) repository.tags.delete(change.tag);
        else repository.tags.set(change.tag, change.digest);
    }
  }

  #open(name: string): Repository {
    let repository = this.#repositories.get(name);
    if (repository === undefined) {
      repository = { blobs: new Set(), manifests: new Map(), tags: new Map() };
      this.#repositories.set(name, repository);
    }
    return repository;
  }
}
