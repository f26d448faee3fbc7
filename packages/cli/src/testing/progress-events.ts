// Short makers of events, for golden tests.
import type { ProgressEvent } from "@tsbuild/builder";

export const started = (step: number, name: string, timeMs: number): ProgressEvent => ({
  kind: "step-started",
  step,
  name,
  timeMs,
});

export const cached = (step: number, timeMs: number): ProgressEvent => ({
  kind: "step-cached",
  step,
  timeMs,
});

export const done = (step: number, timeMs: number): ProgressEvent => ({ kind: "step-done", step, timeMs });

export const canceled = (step: number, timeMs: number): ProgressEvent => ({
  kind: "step-canceled",
  step,
  timeMs,
});

export const failed = (step: number, message: string, timeMs: number): ProgressEvent => ({
  kind: "step-failed",
  step,
  message,
  timeMs,
});

export const output = (
  step: number,
  text: string | Uint8Array,
  timeMs: number,
  stream: "stdout" | "stderr" = "stdout",
): ProgressEvent => ({
  kind: "output",
  step,
  stream,
  bytes: typeof text === "string" ? Buffer.from(text) : text,
  timeMs,
});

export const transfer = (
  step: number,
  id: string,
  current: number,
  total: number | undefined,
  done: boolean,
  timeMs: number,
): ProgressEvent => ({
  kind: "transfer",
  step,
  id,
  current,
  ...(total === undefined ? {} : { total }),
  done,
  timeMs,
});

export const buildDone = (ok: boolean, timeMs: number): ProgressEvent => ({ kind: "build-done", ok, timeMs });
