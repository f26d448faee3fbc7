// Whether a Dockerfile is likely to copy from the build context: worth looking at while images are resolved.
import type { Dockerfile } from "@tsbuild/dockerfile";

/** True when some stage, needed or not, names a path of the context. */
export function usesContext(dockerfile: Dockerfile): boolean {
  return dockerfile.stages.some((stage) =>
    stage.instructions.some(
      (instruction) =>
        (instruction.kind === "add" || (instruction.kind === "copy" && instruction.from === undefined)) &&
        instruction.sources.some((source) => source.kind === "path"),
    ),
  );
}
