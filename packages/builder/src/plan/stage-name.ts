// How a stage is named in FROM, `--from` and `--target`. Names compare lower case, the latest definition of a
// name wins, and `--from` takes a number too.
import { suggest, type Dockerfile, type Span, type Stage } from "@tsbuild/dockerfile";
import { BuildError } from "../build-error.ts";

/** The stage that `--target` means (the last one when there is none). */
export function findTarget(dockerfile: Dockerfile, target: string | undefined): Stage {
  const last = dockerfile.stages.at(-1);
  if (last === undefined)
    throw new BuildError("DOCKERFILE_INVALID", `Cannot build ${dockerfile.path}: it has no FROM`);
  if (target === undefined || target === "") return last;
  const wanted = target.toLowerCase();
  const named = dockerfile.stages.findLast((stage) => stage.name === wanted);
  if (named !== undefined) return named;
  const numbered = /^\d+$/.test(wanted) ? dockerfile.stages[Number(wanted)] : undefined;
  if (numbered !== undefined) return numbered;
  const names = dockerfile.stages.flatMap((stage) => (stage.name === undefined ? [] : [stage.name]));
  throw new BuildError(
    "STAGE_UNKNOWN",
    `Cannot find the target stage "${target}" in ${dockerfile.path}: ${hint(wanted, names)}`,
  );
}

/**
 * The earlier stage that `FROM text` means; FROM compares with the text as written. Throws BuildError STAGE_UNKNOWN
 * where only the case differs: that could not be an image's name either.
 */
export function findBaseStage(dockerfile: Dockerfile, text: string, before: number): Stage | undefined {
  const lower = text.toLowerCase();
  const found = dockerfile.stages.slice(0, before).findLast((stage) => stage.name === lower);
  if (found === undefined || text === lower) return found;
  throw new BuildError(
    "STAGE_UNKNOWN",
    `Cannot start from "${text}": names of stages are kept in lower case, and FROM takes them as they are; write FROM ${lower}`,
  );
}

/**
 * What `--from=text` means: an earlier stage, a stage that comes too late, or (undefined) an image. A number is always
 * a stage's. Throws BuildError STAGE_UNKNOWN.
 */
export function findSourceStage(
  dockerfile: Dockerfile,
  text: string,
  before: number,
): { readonly stage: Stage; readonly tooLate: boolean } | undefined {
  const wanted = text.toLowerCase();
  const earlier = dockerfile.stages.slice(0, before).findLast((stage) => stage.name === wanted);
  if (earlier !== undefined) return { stage: earlier, tooLate: false };
  if (/^\d+$/.test(wanted)) {
    const numbered = dockerfile.stages[Number(wanted)];
    if (numbered !== undefined) return { stage: numbered, tooLate: numbered.index >= before };
    throw new BuildError(
      "STAGE_UNKNOWN",
      `Cannot copy from stage ${text}: ${dockerfile.path} has ${dockerfile.stages.length} stages, numbered from 0`,
    );
  }
  const later = dockerfile.stages.slice(before).find((stage) => stage.name === wanted);
  return later === undefined ? undefined : { stage: later, tooLate: true };
}

/**
 * For the end of the message when there is no image `text`, named at `span`: it may be meant for a stage's name,
 * misspelt or out of place. Empty when no stage's name is near.
 */
export function stageHint(dockerfile: Dockerfile, text: string, span: Span): string {
  const named = dockerfile.stages.flatMap(({ name, from }) => (name === undefined ? [] : [{ name, from }]));
  if (named.some(({ name }) => name === text)) {
    return `; the stage "${text}" comes too late for it: FROM sees only the stages before it`;
  }
  const earlier = named.filter(({ from }) => from.span.start.offset < span.start.offset);
  const near = suggest(
    text.toLowerCase(),
    earlier.map(({ name }) => name),
  );
  return near === undefined ? "" : `; did you mean the stage "${near}"?`;
}

/** "did you mean" or the list of what there is. */
function hint(wanted: string, names: readonly string[]): string {
  const near = suggest(wanted, [...names]);
  if (near !== undefined) return `no stage has that name; did you mean "${near}"?`;
  return names.length === 0 ? "no stage in it has a name" : `its stages are ${names.join(", ")}`;
}
