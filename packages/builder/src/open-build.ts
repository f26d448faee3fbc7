// What one build holds open while it runs: its options with their defaults, its progress, its layers, and one
// signal that ends everything when the caller aborts or a part fails.
import { DockerfileError } from "@tsbuild/dockerfile";
import { hostPlatform, type Platform } from "@tsbuild/oci";
import { openSandbox, sweepSandbox, type Sandbox } from "@tsbuild/sandbox";
import { availableParallelism } from "node:os";
import type { BuildOptions, BuildResult } from "./build-options.ts";
import { BuildError } from "./build-error.ts";
import { Progress } from "./progress.ts";
import { LayerLibrary } from "./solve/layer-library.ts";

export interface OpenBuild {
  readonly options: BuildOptions;
  readonly progress: Progress;
  readonly library: LayerLibrary;
  readonly signal: AbortSignal;
  readonly jobs: number;
  readonly platforms: readonly Platform[];
  readonly buildPlatform: Platform;
  /** Runs the build; whatever it started has ended when this returns. */
  run<T extends object>(work: () => Promise<T>): Promise<T>;
  /** Waits until all have ended; the first failure ends the others, and is what is thrown. */
  together<T>(works: readonly Promise<T>[]): Promise<T[]>;
  /** Work that goes on beside the build; it is waited for in the end, and its failure is the build's. */
  background(work: Promise<void>): void;
  /** Resolves when all of that is done. */
  backgroundDone(): Promise<void>;
  /** Ends everything: `error` is what the build fails with. */
  fail(error: unknown): void;
  /** What runs processes; started when it is first asked for. */
  sandbox(): Promise<Sandbox>;
  /** One at a time, in the order asked. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Closes `part` when the build ends. */
  closing<T extends AsyncDisposable>(part: T): T;
}

/** Opens a build. Nothing runs yet. */
export function openBuild(options: BuildOptions): OpenBuild {
  const progress = new Progress(options.report);
  const controller = new AbortController();
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
  const background: Promise<void>[] = [];
  const parts: AsyncDisposable[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let sandbox: Promise<Sandbox> | undefined;
  const library = new LayerLibrary({
    store: options.store,
    registries: options.registries,
    signal,
    download: (descriptor, work) =>
      progress.step(`pull layer ${descriptor.digest}`, (step) =>
        work((current, done) => step.transfer(descriptor.digest, current, descriptor.size, done)),
      ),
  });
  const fail = (error: unknown): void => controller.abort(error);
  parts.push(library);
  return {
    options,
    progress,
    library,
    signal,
    jobs: options.jobs ?? Math.max(2, availableParallelism()),
    platforms:
      options.platforms === undefined || options.platforms.length === 0
        ? [hostPlatform()]
        : options.platforms,
    buildPlatform: hostPlatform(),
    together: async (works) => {
      for (const work of works) work.catch(fail);
      await Promise.allSettled(works);
      controller.signal.throwIfAborted();
      return Promise.all(works);
    },
    background: (work) => {
      work.catch(fail);
      background.push(work);
    },
    fail,
    sandbox: () => {
      sandbox ??= progress.step("[internal] isolate the RUNs from this machine", async (step) => {
        const opened = await (options.openSandbox ?? openSandbox)({
          store: options.store,
          signal,
          warn: (code, message) => progress.warn(code, message),
          ...(options.isolation === undefined ? {} : { isolation: options.isolation }),
        });
        step.transfer(opened.description, 0, undefined, true);
        return opened;
      });
      return sandbox;
    },
    backgroundDone: async () => void (await Promise.all(background)),
    exclusively: (work) => {
      const turn = last.then(work);
      last = turn.catch(() => undefined); // its error is for who asked; the next has its turn all the same
      return turn;
    },
    closing: (part) => {
      parts.push(part);
      return part;
    },
    run: async (work) => {
      try {
        options.signal?.throwIfAborted();
        const result = await work();
        progress.done(true, "digest" in result ? (result as unknown as BuildResult).digest : undefined);
        return result;
      } catch (error) {
        fail(error);
        await Promise.allSettled(background);
        progress.done(false);
        if (options.signal?.aborted === true) throw options.signal.reason;
        // What failed first, and not what ended because of it.
        throw asBuildError(controller.signal.reason);
      } finally {
        try {
          if (sandbox === undefined) await sweepLeftovers(options);
          else await (await sandbox.catch(() => undefined))?.[Symbol.asyncDispose]();
        } finally {
          for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
        }
      }
    },
  };
}

/** What a killed build of an ordinary user has left can be removed only from within a sandbox, which sweeps when it opens. */
async function sweepLeftovers({ store, signal, openSandbox: other }: BuildOptions): Promise<void> {
  if (other !== undefined || signal?.aborted === true) return;
  // Where no sandbox can be opened any more, and when there is no time for it, it stays for the next one.
  await sweepSandbox({ store, ...(signal === undefined ? {} : { signal }) }).catch(() => undefined);
}

/** What the parser found comes out in the form that all faults of a build have. */
function asBuildError(error: unknown): unknown {
  if (!(error instanceof DockerfileError)) return error;
  return new BuildError("DOCKERFILE_INVALID", error.message, { location: error.place, cause: error });
}
