// The build context, looked at once however many steps and platforms copy from it. Nothing is read before a step
// asks, and only the contents that are copied are hashed.
import type { Digest } from "@tsbuild/oci";
import type { EntryTable } from "@tsbuild/layer";
import { digestHex, digestOf, isDigest } from "@tsbuild/oci";
import { join, relative } from "node:path";
import type { ContextSnapshot } from "../context/context-snapshot.ts";
import { scanContext } from "../context/scan-context.ts";
import { copyInputDigest } from "../copy/copy-input-digest.ts";
import { rowsInputDigest } from "../copy/rows-input-digest.ts";
import { selectedFiles, type Selection } from "../copy/select-sources.ts";
import { definitionOf, framedDigest } from "../key/step-key.ts";
import type { OpenBuild } from "../open-build.ts";
import type { DockerfileInput } from "../read/read-dockerfile.ts";
import { selectionOf, type TransferEffect } from "./selection-of.ts";

export class ContextFiles implements AsyncDisposable {
  readonly #input: DockerfileInput;
  readonly #open: OpenBuild;
  readonly #end = new AbortController();
  #snapshot: Promise<ContextSnapshot> | undefined;

  constructor(input: DockerfileInput, open: OpenBuild) {
    this.#input = input;
    this.#open = open;
  }

  /** What the context holds, ignored files left out. */
  snapshot(): Promise<ContextSnapshot> {
    this.#snapshot ??= this.#scan();
    return this.#snapshot;
  }

  /** Looks at the context before anybody asks, beside other work. */
  startEarly(): void {
    this.snapshot().catch(() => undefined);
  }

  /**
   * The digest of what a step takes from the context. While the context is untouched the answer of the build before
   * is good, and nothing is selected or hashed.
   */
  async inputDigest(effect: TransferEffect): Promise<Digest> {
    const snapshot = await this.snapshot();
    const { store } = this.#open.options;
    const { fingerprint } = snapshot;
    const question = fingerprint === undefined ? undefined : questionOf(fingerprint, effect);
    if (question !== undefined) {
      const [answer] = await store.records.list(question);
      const digest = answer === undefined ? "" : Buffer.from(answer).toString("latin1");
      if (isDigest(digest)) {
        // Nothing will have to be read: the reader ends while the build goes on.
        snapshot.rest().catch(() => undefined);
        return digest;
      }
    }
    const selection = selectionOf(effect, snapshot, 0);
    const digest = await this.#digestOf(selection, snapshot);
    if (question !== undefined) await store.records.add(question, Buffer.from(digest, "latin1"));
    return digest;
  }

  /** The digest of a selection, once its files are hashed. */
  async #digestOf(selection: Selection, snapshot: ContextSnapshot): Promise<Digest> {
    const [root, second] = selection.roots;
    if (root?.entry.kind === "directory" && root.filter === undefined && second === undefined) {
      const rows = snapshot.rowsBelow(root.entry.path);
      if (rows !== undefined) {
        await snapshot.hashRows(rows);
        return rowsInputDigest(rows, root.entry.path);
      }
    }
    await snapshot.hashFiles(selectedFiles(selection));
    return copyInputDigest(selection, (path) => snapshot.digestOf(path));
  }

  /**
   * Whether the digest of what the step takes is known without reading files. If not, and if nothing can be in the
   * cache anyway, the files are better hashed while they are packed.
   */
  async isRemembered(effect: TransferEffect): Promise<boolean> {
    const { fingerprint } = await this.snapshot();
    if (fingerprint === undefined) return false;
    return (await this.#open.options.store.records.list(questionOf(fingerprint, effect))).length > 0;
  }

  /** Takes the digests of the files that a layer was made of, as its table has them. */
  async learn(changes: EntryTable, packed: EntryTable): Promise<void> {
    const snapshot = await this.snapshot();
    const prefix = `${snapshot.folder === "/" ? "" : snapshot.folder}/`;
    for (let row = 0; row < changes.length; row += 1) {
      if (changes.kindAt(row) !== "file") continue;
      const [from, to] = [changes.at(row), packed.at(row)];
      if (from.kind !== "put" || from.entry.kind !== "file" || from.entry.content.kind !== "disk") continue;
      if (to.kind !== "put" || to.entry.kind !== "file" || to.entry.contentDigest === undefined) continue;
      const { path } = from.entry.content;
      if (path.startsWith(prefix)) snapshot.learn(path.slice(prefix.length), to.entry.contentDigest);
    }
  }

  /** Gives back what reading the context takes: packing needs the memory. */
  async rest(): Promise<void> {
    await (await this.#snapshot)?.rest();
  }

  /** Ends a scan that nobody waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    const snapshot = await this.#snapshot?.catch(() => undefined);
    snapshot?.remember();
    await snapshot?.[Symbol.asyncDispose]();
  }

  #scan(): Promise<ContextSnapshot> {
    const { context, ignore } = this.#input;
    const { options, progress } = this.#open;
    const signal = AbortSignal.any([this.#open.signal, this.#end.signal]);
    const name = digestHex(digestOf(context)).slice(0, 32);
    const inside = relative(context, options.store.root);
    if (inside !== "" && !inside.startsWith("..") && ignore?.ignores(inside) !== true) {
      const reason = `The store ${inside} is in the build context: a COPY of everything puts it into the image, and each build changes it; name it in .dockerignore, or keep it elsewhere with --store`;
      progress.warn("StoreInContext", reason);
    }
    return progress.step("[internal] load build context", () =>
      scanContext(context, {
        ignore,
        signal,
        cacheFile: join(options.store.root, "derived", "context", name),
      }),
    );
  }
}

/** What `inputDigest` answers, as the name under which the answer is kept. */
function questionOf(fingerprint: Digest, effect: TransferEffect): Digest {
  return framedDigest(["context input", fingerprint, ...definitionOf(effect)]);
}
