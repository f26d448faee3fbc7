// A copy between two places shown as one step: its events become those of a build, which the renderers know.
import type { ProgressEvent } from "@tsbuild/builder";
import type { CopyEvent } from "@tsbuild/store";
import type { CommandIo } from "../command-io.ts";
import type { ParsedOptions } from "../options/judge-flags.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import { progressMode } from "../progress/progress-mode.ts";
import { startProgress } from "../progress/progress.ts";

/** Runs `work` as the step `name`; what it throws comes through. */
export async function showCopy<T>(
  name: string,
  options: ParsedOptions,
  io: CommandIo,
  work: (report: (event: CopyEvent) => void) => Promise<T>,
): Promise<T> {
  const mode = progressMode(textOption(options, "progress"), switchOption(options, "quiet"), io);
  const progress = startProgress(mode, io);
  const begin = io.now();
  const time = () => Math.round(io.now() - begin);
  const end = (ok: boolean) => progress.report({ kind: "build-done", ok, timeMs: time() });
  try {
    progress.report({ kind: "step-started", step: 1, name, timeMs: time() });
    const result = await work((event) => progress.report(transferOf(event, time())));
    progress.report({ kind: "step-done", step: 1, timeMs: time() });
    end(true);
    return result;
  } catch (error) {
    const canceled = io.signal.aborted;
    const message = error instanceof Error ? error.message : String(error);
    progress.report(
      canceled
        ? { kind: "step-canceled", step: 1, timeMs: time() }
        : { kind: "step-failed", step: 1, message, timeMs: time() },
    );
    end(false);
    throw error;
  } finally {
    progress.close();
  }
}

function transferOf({ kind, blob, bytes = 0 }: CopyEvent, timeMs: number): ProgressEvent {
  const transfer = { kind: "transfer" as const, step: 1, timeMs };
  switch (kind) {
    case "started":
    case "progress":
      return { ...transfer, id: blob.digest, current: bytes, total: blob.size, done: false };
    case "done":
      return { ...transfer, id: blob.digest, current: blob.size, total: blob.size, done: true };
    case "exists":
    case "mounted":
      break;
  }
  // Nothing moves, so no bytes are shown.
  return { ...transfer, id: `${blob.digest} ${kind}`, current: 0, done: true };
}
