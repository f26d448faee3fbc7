// What planning one stage may look at besides its own evaluation.
import type { Dockerfile, Span } from "@tsbuild/dockerfile";
import type { ResolvedImage } from "../resolve/resolved-image.ts";
import type { RunSettings } from "./run-settings.ts";
import type { StepOrigin } from "./evaluation.ts";

export interface StageContext {
  readonly dockerfile: Dockerfile;
  /** This stage's index: `--from` sees only what is before it. */
  readonly index: number;
  readonly globals: ReadonlyMap<string, string>;
  /** The value of `--build-arg name`; asking for it counts as using it. */
  takeBuildArg(name: string): string | undefined;
  /** The same without counting as use: for arguments that need no ARG. */
  buildArg(name: string): string | undefined;
  readonly runs: RunSettings;
  /** The image of a `--from` that names no stage, or undefined while it is not resolved yet (it is then asked for). */
  image(text: string, origin: StepOrigin): ResolvedImage | undefined;
  /** Marks a stage as needed. */
  need(stage: number): void;
  origin(span: Span): StepOrigin;
}
