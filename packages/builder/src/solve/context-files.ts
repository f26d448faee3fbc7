// The build context, looked at once however many steps and platforms copy from it. Nothing is read before a step
// asks, and only the contents that are copied are hashed.
import type { Digest } from "@tsbuild/oci";
import { digestHex, digestOf, isDigest } from "@tsbuild/oci";
import { join } from "node:path";
import type { ContextSnapshot } from "../context/context-snapshot.ts";
import { scanContext } from "../context/scan-context.ts";
import { copyInputDigest } from "../copy/copy-input-digest.ts";
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
    const question =
      fingerprint === undefined
        ? undefined
        : framedDigest(["context input", fingerprint, ...definitionOf(effect)]);
    if (question !== undefined) {
      const [answer] = await store.records.list(question);
      const digest = answer === undefined ? "" : Buffer.from(answer).toString("latin1");
      if (isDigest(digest)) return digest;
    }
    const selection = selectionOf(effect, snapshot, 0);
    const digest = copyInputDigest(selection, await this.#digests(selection));
    if (question !== undefined) await store.records.add(question, Buffer.from(digest, "latin1"));
    return digest;
  }

  /** The content digests of a selection's files, by path in the context. */
  async #digests(selection: Selection): Promise<(path: string) => Digest | undefined> {
    const snapshot = await this.snapshot();
    await snapshot.hashFiles(selectedFiles(selection));
    return (path) => snapshot.digestOf(path);
  }

  /** Gives back what reading the context takes: packing needs the memory. */
  async rest(): Promise<void> {
    await (await this.#snapshot)?.rest();
  }

  /** Ends a scan that nobody waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await (await this.#snapshot?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #scan(): Promise<ContextSnapshot> {
    const { context, ignore } = this.#input;
    const { options, progress } = this.#open;
    const signal = AbortSignal.any([this.#open.signal, this.#end.signal]);
    const name = digestHex(digestOf(context)).slice(0, 32);
    return progress.step("[internal] load build context", () =>
      scanContext(context, {
        ignore,
        signal,
        cacheFile: join(options.store.root, "derived", "context", name),
      }),
    );
  }
}
