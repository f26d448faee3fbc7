// Opens a sandbox: a temporary folder in the store, and a worker process in namespaces of its own that works in it.
import type { TemporaryFolder } from "@tsbuild/store";
import { WorkerSandbox } from "./channel/worker-sandbox.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";
import { startWorker, type StartedWorker } from "./start/start-worker.ts";

/**
 * Starts the worker, which is also the probe of what this machine can do. Call it on the main thread: the worker ends with
 * the thread that has started it.
 *
 * @throws {SandboxError} `NO_ISOLATION` with all that was tried and the remedies
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { store, signal } = options;
  const folders = await store.staleFolders();
  const { started, folder } = await start(options);
  const { channel } = started.process;
  // Beside whatever the build does first; what it does not come to is for the next.
  const sweeping = channel.command("sweep", { folders }).catch(() => undefined);
  return new WorkerSandbox({
    channel,
    description: started.description,
    unpacked: started.unpacked,
    folder: folder.path,
    signal,
    close: async () => {
      await closeWorker(started, folder);
      await sweeping;
    },
  });
}

/**
 * Removes what killed sandboxes have left in the store and its owner could not remove: files of users that exist only in
 * a user namespace. Does nothing where there are none.
 *
 * @throws {SandboxError} `NO_ISOLATION`
 */
export async function sweepSandbox(options: Pick<SandboxOptions, "store" | "signal">): Promise<void> {
  const folders = await options.store.staleFolders();
  if (folders.length === 0) return;
  const { started, folder } = await start(options);
  try {
    await started.process.channel.command("sweep", { folders }, { signal: options.signal });
  } finally {
    await closeWorker(started, folder);
  }
}

async function start(options: SandboxOptions): Promise<{ started: StartedWorker; folder: TemporaryFolder }> {
  const { store, signal } = options;
  const folder = await store.temporaryFolder();
  try {
    const started = await startWorker({
      folder: folder.path,
      store: store.root,
      signal,
      warn: (code, message) => options.warn?.(code, message),
    });
    return { started, folder };
  } catch (error) {
    await removeWhatCanBe(folder);
    throw error;
  }
}

async function closeWorker(started: StartedWorker, folder: TemporaryFolder): Promise<void> {
  try {
    await started.process.close();
  } finally {
    await removeWhatCanBe(folder);
  }
}

/** A worker that has died may have left files that only the next one can remove. */
async function removeWhatCanBe(folder: TemporaryFolder): Promise<void> {
  await Promise.resolve(folder[Symbol.asyncDispose]()).catch(() => undefined);
}
