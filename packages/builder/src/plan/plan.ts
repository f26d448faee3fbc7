// The plan: plain data made before anything runs. Stages hold steps, steps name effects rather than keywords,
// and every word in them is expanded. What is the same in two plans is the same image.
import type { Span } from "@tsbuild/dockerfile";
import type { HistoryEntry, Platform, RuntimeConfig } from "@tsbuild/oci";
import type { ResolvedImage } from "../resolve/resolved-image.ts";

/** Where files come from. `stage` is an index into the Dockerfile's stages. */
export type Input =
  | { readonly kind: "context" }
  /** `--from=scratch`: an empty folder. */
  | { readonly kind: "scratch" }
  | { readonly kind: "stage"; readonly stage: number }
  | { readonly kind: "image"; readonly image: ResolvedImage };

/** A file whose text stands in the Dockerfile, variables already expanded. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
}

interface TransferEffect {
  readonly from: Input;
  /** Paths or wildcard patterns relative to the input's root, in order. */
  readonly sources: readonly string[];
  readonly inlineFiles: readonly InlineFile[];
  /** As expanded, relative to `workdir`; a trailing slash is significant. */
  readonly destination: string;
  readonly workdir: string;
  /** `--chown` as expanded. */
  readonly chown?: string;
  /** `--chmod` as expanded: octal or symbolic. */
  readonly chmod?: string;
  readonly excludes: readonly string[];
  readonly link: boolean;
}

/** One process in the root filesystem. Its variables and its user are part of the question that the cache answers. */
export interface RunEffect {
  readonly kind: "run";
  /** With the shell in front, where the instruction has shell form. */
  readonly args: readonly string[];
  /** All variables that the stage has set, in order; HOME and PATH may still be missing. */
  readonly env: readonly Variable[];
  /** Proxies given as build arguments; they change nothing that the cache should know of. */
  readonly proxies: readonly Variable[];
  readonly workdir: string;
  /** USER's grammar; "" is root. */
  readonly user: string;
  readonly network: "host" | "none";
  readonly hostname: string;
  /** `--add-host`: lines for /etc/hosts. */
  readonly extraHosts: readonly ExtraHost[];
  /** Heredocs that are scripts, as files in /dev/pipes. */
  readonly scripts: readonly InlineFile[];
}

export type Variable = readonly [name: string, value: string];

export interface ExtraHost {
  readonly name: string;
  readonly address: string;
}

/** What a step does to the root filesystem. */
export type Effect =
  | ({ readonly kind: "copy"; readonly parents: boolean } & TransferEffect)
  | ({ readonly kind: "add"; readonly unpack?: boolean } & TransferEffect)
  /** Creates the folder and its parents, owned by `user` (USER's grammar; "" is root). */
  | { readonly kind: "workdir"; readonly path: string; readonly user: string }
  | RunEffect;

/** The effects that take files from somewhere. */
export type FileEffect = Extract<Effect, { readonly kind: "copy" | "add" }>;

/** Whether the effect takes files from somewhere. */
export function takesFiles(effect: Effect): effect is FileEffect {
  return effect.kind === "copy" || effect.kind === "add";
}

/** `COPY --link`: the layer is the same whatever is below it. BuildKit ignores it together with `--chmod`. */
export function standsAlone(effect: Effect): boolean {
  return takesFiles(effect) && effect.link && effect.chmod === undefined;
}

/** One step: a change of the root filesystem, of the config, or both. */
export interface Step {
  /** Absent: only the config changes, and no layer is made. */
  readonly effect?: Effect;
  /** For people: the instruction, with its words expanded where they are. */
  readonly text: string;
  readonly history: HistoryEntry;
  readonly span: Span;
  /** The ONBUILD trigger of a base that this step comes from. */
  readonly trigger?: string;
}

export type StageBase =
  | { readonly kind: "scratch" }
  | { readonly kind: "image"; readonly image: ResolvedImage }
  | { readonly kind: "stage"; readonly stage: number };

export interface PlannedStage {
  readonly index: number;
  readonly name?: string;
  readonly base: StageBase;
  readonly baseText: string;
  readonly platform: Platform;
  readonly steps: readonly Step[];
  /** The image's runtime config after the last step. */
  readonly config: RuntimeConfig;
  readonly author?: string;
  readonly span: Span;
}

export interface Plan {
  readonly dockerfile: string;
  /** What the image says that it is for. */
  readonly platform: Platform;
  /** Only the stages that the target needs, in the order of the Dockerfile. */
  readonly stages: readonly PlannedStage[];
  /** The index (in the Dockerfile) of the stage that becomes the image. */
  readonly target: number;
  /** Build arguments given that no ARG took. */
  readonly unusedBuildArgs: readonly string[];
}

/** The planned stage with this index. */
export function stageOf(plan: Plan, index: number): PlannedStage {
  const stage = plan.stages.find((candidate) => candidate.index === index);
  if (stage === undefined) throw new RangeError(`stage ${index} is not in the plan`);
  return stage;
}

/** Whether the target stands on this stage. */
export function isOfImage(plan: Plan, stage: PlannedStage): boolean {
  for (let index = plan.target; ;) {
    if (index === stage.index) return true;
    const { base } = stageOf(plan, index);
    if (base.kind !== "stage") return false;
    index = base.stage;
  }
}
