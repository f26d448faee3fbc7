// The package's face: build, plan, and the types that they speak in.
export { build } from "./build.ts";
export type { BuildOptions, BuildResult, BuiltImage, Output } from "./build-options.ts";
export { BuildError, type BuildErrorCode, type SourceLocation } from "./build-error.ts";
export { planBuild, type PlannedBuild } from "./plan-build.ts";
export { formatPlan } from "./plan/format-plan.ts";
export type { Effect, Input, Plan, PlannedStage, StageBase, Step } from "./plan/plan.ts";
export type { ProgressEvent, Report, StepNumber } from "./progress-event.ts";
export type { ResolvedImage } from "./resolve/resolved-image.ts";
