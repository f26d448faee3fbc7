// What happens during a build, as facts through one function `report`. Libraries never print: the command
// owns the renderers. Times are milliseconds since the build began.
import type { Span } from "@tsbuild/dockerfile";
import type { Digest } from "@tsbuild/oci";

/** A step's number, from 1 in the order of their first report: `#7` in plain output. */
export type StepNumber = number;

export type ProgressEvent =
  /** A step begins; `name` is BuildKit's wording: `[internal] load build definition from Dockerfile`, `[builder 2/5] COPY . /app`, `exporting to image`. */
  | {
      readonly kind: "step-started";
      readonly step: StepNumber;
      readonly name: string;
      readonly timeMs: number;
    }
  /** The result was in the cache; follows step-started, and no step-done comes. */
  | { readonly kind: "step-cached"; readonly step: StepNumber; readonly timeMs: number }
  | { readonly kind: "step-done"; readonly step: StepNumber; readonly timeMs: number }
  | {
      readonly kind: "step-failed";
      readonly step: StepNumber;
      readonly message: string;
      readonly timeMs: number;
    }
  | { readonly kind: "step-canceled"; readonly step: StepNumber; readonly timeMs: number }
  /** A line of work inside a step: `sha256:abc… 12.3MB / 60.1MB`, `exporting layers`, `pushing manifest for …`. `current`/`total` in bytes when it moves bytes. `id` is unique in the step. */
  | {
      readonly kind: "transfer";
      readonly step: StepNumber;
      readonly id: string;
      readonly current: number;
      readonly total?: number;
      readonly done: boolean;
      readonly timeMs: number;
    }
  /** Output of a RUN. */
  | {
      readonly kind: "output";
      readonly step: StepNumber;
      readonly stream: "stdout" | "stderr";
      readonly bytes: Uint8Array;
      readonly timeMs: number;
    }
  /** Something that the user should know; `span` is in the Dockerfile. Shown again at the end. */
  | {
      readonly kind: "warning";
      readonly code: string;
      readonly message: string;
      readonly span?: Span;
      readonly timeMs: number;
    }
  /** Last: the build is over, whatever came of it. */
  | { readonly kind: "build-done"; readonly ok: boolean; readonly digest?: Digest; readonly timeMs: number };

/** Where events go. It must not throw and returns at once. */
export type Report = (event: ProgressEvent) => void;
