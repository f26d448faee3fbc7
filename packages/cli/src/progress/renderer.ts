// What shows a build while it goes on. Fed with facts, told the time, closed at the end.
import type { ProgressEvent } from "@tsbuild/builder";

export interface Renderer {
  report(event: ProgressEvent): void;
  /** Called about ten times a second while the build runs; `nowMs` counts from the build's begin. */
  tick(nowMs: number): void;
  /** Shows what was held back and puts the terminal in order. May be called twice. */
  close(): void;
}

/** Where a renderer writes. */
export type WriteText = (text: string) => void;
