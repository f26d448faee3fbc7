// Opens a sandbox: a temporary folder in the store, and a worker process in namespaces of its own that works in it.
import type { TemporaryFolder } from "@tsbuild/store";
import { removeTree } from "./changes/remove-tree.ts";
import { WorkerSandbox } from "./channel/worker-sandbox.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";
import { startWorker, type StartedWorker } from "./start/start-worker.ts";

/** All of them are the same one so far; whoever asks for another must not get less than he thinks. */
const backEnds: readonly string[] = ["auto", "namespaces"];

/**
 * Starts the worker, which is also the probe of what this machine can do. Call it on the main thread: the worker ends with
 * the thread that has started it.
 *
 * @throws {SandboxError} `NO_ISOLATION` with all that was tried and the remedies
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { store, signal, isolation = "auto" } = options;
  if (!backEnds.includes(isolation)) throw new TypeError(`There is no isolation ${isolation}`);
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

/** What stays, a worker that has died has left it: only the next one can remove it, and will. */
async function removeWhatCanBe(folder: TemporaryFolder): Promise<void> {
  try {
    await folder[Symbol.asyncDispose]();
  } catch {
    // A probe that was cut short leaves a folder of overlayfs' own, which not even its owner may enter as it is.
    await removeTree(folder.path).catch(() => undefined);
  }
}
