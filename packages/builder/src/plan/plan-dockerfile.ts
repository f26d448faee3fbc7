// Dockerfile + resolved images → plan, or the images that are still missing. Pure: nothing is read and nothing
// runs, so a plan can be printed and compared. Planning again with more images finds the inputs that only an
// image's ONBUILD triggers name.
import { parseTrigger, type Dockerfile, type Span, type Stage } from "@tsbuild/dockerfile";
import {
  parsePlatform,
  parseReference,
  withDefaultTag,
  type ImageConfig,
  type Platform,
  type RuntimeConfig,
} from "@tsbuild/oci";
import { BuildError, messageOf } from "../build-error.ts";
import { imageKey, type ImageRequest, type ResolvedImage } from "../resolve/resolved-image.ts";
import type { Evaluation, StepOrigin } from "./evaluation.ts";
import { globalScope, type GlobalScope } from "./global-scope.ts";
import { isPredefinedArg } from "./predefined-args.ts";
import type { Plan, PlannedStage, StageBase } from "./plan.ts";
import { imagePlatform } from "./image-platform.ts";
import { planInstruction } from "./plan-instruction.ts";
import type { RunSettings } from "./run-settings.ts";
import { refuseUnsupported } from "./refuse-unsupported.ts";
import type { StageContext } from "./stage-context.ts";
import { findBaseStage, findSourceStage, findTarget } from "./stage-name.ts";
import { expand, openScope } from "./variable-scope.ts";
import { withLabels } from "./with-labels.ts";

export interface PlanRequest {
  readonly dockerfile: Dockerfile;
  readonly target?: string | undefined;
  readonly platform: Platform;
  /** Given by the user, and not only the host's: the image then says that it is for this one. */
  readonly isPlatformAsked: boolean;
  readonly buildPlatform: Platform;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** `--label`: applied last, to the target only. */
  readonly labels: ReadonlyMap<string, string>;
  readonly runs: RunSettings;
  /** By `imageKey`. */
  readonly images: ReadonlyMap<string, ResolvedImage>;
}

export type PlanOutcome =
  | { readonly kind: "plan"; readonly plan: Plan }
  | { readonly kind: "missing"; readonly images: readonly ImageRequest[] };

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

interface StageDraft {
  readonly planned: PlannedStage;
  readonly evaluation: Evaluation;
}

/** Plans the target and what it needs. */
export function planDockerfile(request: PlanRequest): PlanOutcome {
  return new Planner(request).plan();
}

class Planner {
  readonly #request: PlanRequest;
  readonly #globals: GlobalScope;
  readonly #target: Stage;
  readonly #drafts = new Map<number, StageDraft | undefined>();
  readonly #missing = new Map<string, ImageRequest>();
  readonly #usedArgs = new Set<string>();

  constructor(request: PlanRequest) {
    this.#request = request;
    this.#target = findTarget(request.dockerfile, request.target);
    this.#globals = globalScope(request.dockerfile, {
      platform: request.platform,
      buildPlatform: request.buildPlatform,
      targetName: request.target || (this.#target.name ?? ""),
      buildArgs: request.buildArgs,
      wrap: (span, work) => this.#at(span, work),
    });
    for (const arg of request.dockerfile.globalArgs.flatMap((instruction) => instruction.args)) {
      this.#usedArgs.add(arg.name.text);
    }
  }

  plan(): PlanOutcome {
    const target = this.#stage(this.#target);
    if (this.#missing.size > 0 || target === undefined) {
      return { kind: "missing", images: [...this.#missing.values()] };
    }
    const labelled = withLabels(target.planned, this.#request.labels);
    const stages = [...this.#drafts.values()].flatMap((draft) =>
      draft === undefined ? [] : [draft.planned],
    );
    const plan: Plan = {
      dockerfile: this.#request.dockerfile.path,
      platform: imagePlatform({
        asked: this.#request.isPlatformAsked ? this.#request.platform : undefined,
        stage: labelled.platform,
        base: this.#baseConfig(labelled),
      }),
      stages: stages
        .map((stage) => (stage.index === labelled.index ? labelled : stage))
        .sort((a, b) => a.index - b.index),
      target: labelled.index,
      unusedBuildArgs: [...this.#request.buildArgs.keys()]
        .filter((name) => !this.#usedArgs.has(name) && !isPredefinedArg(name))
        .sort(),
    };
    return { kind: "plan", plan };
  }

  /** The stage planned, once; undefined while an image that it stands on is missing. */
  #stage(stage: Stage): StageDraft | undefined {
    if (!this.#drafts.has(stage.index)) {
      this.#drafts.set(stage.index, undefined);
      this.#drafts.set(stage.index, this.#planStage(stage));
    }
    return this.#drafts.get(stage.index);
  }

  #planStage(stage: Stage): StageDraft | undefined {
    for (const instruction of stage.instructions) {
      this.#at(instruction.span, () => refuseUnsupported(instruction));
    }
    const opened = this.#open(stage);
    // Inputs of COPY --from are asked for even while the base is missing, so that one round fetches them all.
    if (opened === undefined) {
      this.#requestSources(stage);
      return undefined;
    }
    const { base, baseText, platform, inherited, parent } = opened;
    const { OnBuild: triggers = [], ...rest } = inherited;
    const env = rest.Env ?? [];
    const config: RuntimeConfig = env.some((line) => line.startsWith("PATH="))
      ? rest
      : { ...rest, Env: [...env, defaultPath] };
    const escape = this.#request.dockerfile.directives.escape;
    let state: Evaluation = {
      config,
      scope: openScope(config.Env ?? [], escape, parent?.evaluation.scope),
      ...(parent?.evaluation.author === undefined ? {} : { author: parent.evaluation.author }),
      cmdSet: false,
      steps: [],
    };
    const context = this.#context(stage);
    for (const trigger of triggers ?? []) state = this.#planTrigger(state, trigger, stage, context);
    for (const instruction of stage.instructions) {
      state = this.#at(instruction.span, () => planInstruction(state, instruction, context));
    }
    const planned: PlannedStage = {
      index: stage.index,
      ...(stage.name === undefined ? {} : { name: stage.name }),
      base,
      baseText,
      platform,
      steps: state.steps,
      config: state.config,
      ...(state.author === undefined ? {} : { author: state.author }),
      span: stage.from.span,
    };
    return { planned, evaluation: state };
  }

  #open(stage: Stage):
    | {
        base: StageBase;
        baseText: string;
        platform: Platform;
        inherited: RuntimeConfig;
        parent?: StageDraft;
      }
    | undefined {
    const { from } = stage;
    const baseText = this.#at(from.image.span, () => expand(this.#globals.scope, from.image.text));
    if (baseText === "") {
      throw this.#error(
        from.image.span,
        "DOCKERFILE_INVALID",
        `Cannot start from "${from.image.text}": it expands to nothing; give the ARG a default before the first FROM`,
      );
    }
    const { dockerfile } = this.#request;
    const parentStage = this.#at(from.image.span, () => findBaseStage(dockerfile, baseText, stage.index));
    if (parentStage !== undefined) {
      const parent = this.#stage(parentStage);
      if (parent === undefined) return undefined;
      const base: StageBase = { kind: "stage", stage: parentStage.index };
      return {
        base,
        baseText,
        platform: parent.planned.platform,
        inherited: parent.evaluation.config,
        parent,
      };
    }
    const platform = this.#platform(stage);
    if (baseText === "scratch") return { base: { kind: "scratch" }, baseText, platform, inherited: {} };
    const image = this.#image(baseText, platform, "from", from.image);
    if (image === undefined) return undefined;
    return { base: { kind: "image", image }, baseText, platform, inherited: image.config.config ?? {} };
  }

  /** The config of the image that the stage stands on in the end, or undefined for scratch. */
  #baseConfig({ base }: PlannedStage): ImageConfig | undefined {
    if (base.kind === "image") return base.image.config;
    const parent = base.kind === "stage" ? this.#drafts.get(base.stage) : undefined;
    return parent === undefined ? undefined : this.#baseConfig(parent.planned);
  }

  #platform(stage: Stage): Platform {
    const word = stage.from.platform;
    if (word === undefined) return this.#request.platform;
    return this.#at(word.span, () => {
      const text = expand(this.#globals.scope, word.text);
      if (text === "")
        throw new BuildError(
          "DOCKERFILE_INVALID",
          `Cannot use --platform=${word.text}: it expands to nothing`,
        );
      return parsePlatform(text);
    });
  }

  #planTrigger(state: Evaluation, trigger: string, stage: Stage, context: StageContext): Evaluation {
    const span = stage.from.image.span;
    const triggered = { ...context, origin: () => ({ span, trigger }) };
    const name = `ONBUILD ${trigger.split("\n", 1)[0] ?? ""}`;
    return this.#at(span, () => planInstruction(state, parseTrigger(trigger), triggered), name);
  }

  #context(stage: Stage): StageContext {
    return {
      dockerfile: this.#request.dockerfile,
      index: stage.index,
      globals: this.#globals.defaults,
      takeBuildArg: (name) => {
        this.#usedArgs.add(name);
        return this.#request.buildArgs.get(name);
      },
      buildArg: (name) => this.#request.buildArgs.get(name),
      runs: this.#request.runs,
      // For the target's platform, also in a stage that FROM --platform gave another one.
      image: (text, origin) => this.#image(text, this.#request.platform, "copy", origin),
      need: (index) => {
        const needed = this.#request.dockerfile.stages[index];
        if (needed !== undefined) this.#stage(needed);
      },
      origin: (span) => ({ span }),
    };
  }

  #requestSources(stage: Stage): void {
    const { dockerfile, platform } = this.#request;
    for (const instruction of stage.instructions) {
      if (instruction.kind !== "copy" || instruction.from === undefined) continue;
      const { text, span } = instruction.from;
      if (text === "scratch") continue;
      const named = this.#at(span, () => findSourceStage(dockerfile, text, stage.index));
      if (named === undefined) this.#image(text, platform, "copy", { span });
      else if (!named.tooLate) this.#stage(named.stage);
    }
  }

  #image(
    text: string,
    platform: Platform,
    kind: "from" | "copy",
    { span, trigger }: StepOrigin,
  ): ResolvedImage | undefined {
    const reference = this.#at(span, () => withDefaultTag(parseReference(text)));
    const request: ImageRequest = { text, reference, platform, neededBy: { kind, span, trigger } };
    const key = imageKey(request);
    const image = this.#request.images.get(key);
    if (image === undefined && !this.#missing.has(key)) this.#missing.set(key, request);
    return image;
  }

  /** Runs `work`; what it throws comes out as a BuildError that points at `span`. */
  #at<T>(span: Span, work: () => T, what?: string): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof BuildError && error.location !== undefined) throw error;
      const code = error instanceof BuildError ? error.code : "DOCKERFILE_INVALID";
      throw this.#error(
        span,
        code,
        what === undefined ? messageOf(error) : `${what}: ${messageOf(error)}`,
        error,
      );
    }
  }

  #error(span: Span, code: BuildError["code"], message: string, cause?: unknown): BuildError {
    const { path, source } = this.#request.dockerfile;
    return new BuildError(code, message, { location: { path, source, span }, cause });
  }
}
