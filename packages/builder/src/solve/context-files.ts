// The build context, looked at once however many steps and platforms copy from it. Nothing is read before a step
// asks, and only the contents that are copied are hashed.
import type { Digest } from "@tsbuild/oci";
import { digestHex, digestOf } from "@tsbuild/oci";
import { join } from "node:path";
import type { ContextSnapshot } from "../context/context-snapshot.ts";
import { scanContext } from "../context/scan-context.ts";
import { selectedFiles, type Selection } from "../copy/select-sources.ts";
import type { OpenBuild } from "../open-build.ts";
import type { DockerfileInput } from "../read/read-dockerfile.ts";

export class ContextFiles implements AsyncDisposable {
  readonly #input: DockerfileInput;
  readonly #open: OpenBuild;
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

  /** The content digests of a selection's files, by path in the context. */
  async digests(selection: Selection): Promise<(path: string) => Digest | undefined> {
    const snapshot = await this.snapshot();
    await snapshot.hashFiles(selectedFiles(selection));
    return (path) => snapshot.digestOf(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#snapshot?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #scan(): Promise<ContextSnapshot> {
    const { context, ignore } = this.#input;
    const { options, signal, progress } = this.#open;
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
