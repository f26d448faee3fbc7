// A plan → its image: a memoised promise per stage, and a fold of the state over the stage's steps. A stage that
// nothing asks for, because what it would give is in the cache, is never solved.
import type { Dockerfile, Span } from "@tsbuild/dockerfile";
import { formatReference, type HistoryEntry } from "@tsbuild/oci";
import { BuildError, messageOf, type BuildErrorCode } from "../build-error.ts";
import type { StepRecord } from "../cache/step-record.ts";
import { SandboxError } from "@tsbuild/sandbox";
import { annotationsByLevel } from "../export/annotations.ts";
import type { FinishedImage } from "../export/built-image.ts";
import { pushAhead, pushedNames } from "../export/push-ahead.ts";
import { imageDocument } from "../export/image-document.ts";
import { Keyring } from "../key/keyring.ts";
import type { OpenBuild } from "../open-build.ts";
import {
  isOfImage,
  stageOf,
  standsAlone,
  takesFiles,
  type Effect,
  type Plan,
  type PlannedStage,
  type Step,
} from "../plan/plan.ts";
import type { StepProgress } from "../progress.ts";
import { stepPrefix, type PrefixOptions } from "./step-prefix.ts";
import type { ContextFiles } from "./context-files.ts";
import type { Layer } from "./layer.ts";
import { runEffect } from "./run-effect.ts";
import { stampHistory } from "./stamp-history.ts";
import { parentChain, StepCache, type StepPlace } from "./step-cache.ts";
import { emptyState, imageState, withHistory, withLayer, type StageState } from "./stage-state.ts";

/** Solves the target stage and what it needs. */
export async function solvePlan(
  plan: Plan,
  dockerfile: Dockerfile,
  context: ContextFiles,
  open: OpenBuild,
): Promise<FinishedImage> {
  const solver = new PlanSolver(plan, dockerfile, context, open);
  const state = await solver.stage(plan.target);
  const stage = stageOf(plan, plan.target);
  const { annotations } = open.options;
  const document = imageDocument({
    base: state.base,
    platform: plan.platform,
    config: stage.config,
    author: stage.author,
    layers: state.layers,
    history: state.history,
    annotations: annotationsByLevel(annotations ?? {}).manifest,
  });
  return { platform: plan.platform, document, layers: state.layers, rootfs: () => state.rootfs() };
}

/** The solving of one plan. */
class PlanSolver {
  readonly #plan: Plan;
  readonly #dockerfile: Dockerfile;
  readonly #open: OpenBuild;
  readonly #context: ContextFiles;
  readonly #naming: PrefixOptions;
  readonly #cache: StepCache;
  readonly #expected = new Set<number>();
  readonly #stages = new Map<number, Promise<StageState>>();

  constructor(plan: Plan, dockerfile: Dockerfile, context: ContextFiles, open: OpenBuild) {
    this.#plan = plan;
    this.#dockerfile = dockerfile;
    this.#open = open;
    this.#naming = {
      stages: dockerfile.stages.length,
      platform: open.platforms.length > 1 ? plan.platform : undefined,
    };
    this.#context = context;
    this.#cache = new StepCache({
      plan,
      keys: new Keyring(plan, context, open.options),
      context,
      open,
      stage: (index) => this.stage(index),
      missed: (stage) => this.#expect(stage),
    });
  }

  /** The stage after its last step, solved once. */
  stage(index: number): Promise<StageState> {
    const known = this.#stages.get(index);
    if (known !== undefined) return known;
    const solved = this.#solveStage(stageOf(this.#plan, index));
    this.#stages.set(index, solved);
    return solved;
  }

  async #solveStage(stage: PlannedStage): Promise<StageState> {
    let state = await this.#openStage(stage);
    let ordinal = 0;
    for (const step of stage.steps) {
      this.#open.signal.throwIfAborted();
      if (step.effect === undefined) {
        state = withHistory(state, this.#stamped(step.history, undefined));
        continue;
      }
      const name = `${stepPrefix(stage, ordinal, this.#naming)}${step.text}`;
      state = await this.#solveStep(stage, step, step.effect, ordinal, state, name);
      ordinal += 1;
    }
    return state;
  }

  async #openStage(stage: PlannedStage): Promise<StageState> {
    const { base } = stage;
    switch (base.kind) {
      case "scratch":
        return emptyState();
      case "stage":
        return this.stage(base.stage);
      case "image": {
        const { image } = base;
        const name = `${stepPrefix(stage, "from", this.#naming)}FROM ${formatReference({ ...image.reference, digest: image.manifest.digest })}`;
        return this.#open.progress.step(name, async (progress) => {
          progress.cached();
          const { library } = this.#open;
          // A base that has no index here has had no step on it: the first one will miss, and need the index.
          const known = await Promise.all(image.layers.map((layer) => library.hasTable(layer)));
          const isNew = !known.every(Boolean);
          const state = { ...imageState(image, library), isNew };
          if (isNew && stage.steps.some(needsBase)) {
            await this.#requireSandbox(stage);
            this.#open.background(readAhead(state));
          }
          return state;
        });
      }
    }
  }

  /** Before anything is downloaded for a RUN that no machine like this one can run. */
  async #requireSandbox(stage: PlannedStage): Promise<void> {
    const step = this.#standingOn(stage)
      .flatMap(({ steps }) => steps)
      .find(({ effect }) => effect?.kind === "run");
    if (step === undefined) return;
    this.#open.library.willUnpack();
    try {
      await this.#open.sandbox();
    } catch (error) {
      throw this.#explain(error, step.span, step.trigger);
    }
  }

  /** The stage, and those that stand on it. */
  #standingOn(stage: PlannedStage): PlannedStage[] {
    const above = this.#plan.stages.filter(({ base }) => base.kind === "stage" && base.stage === stage.index);
    return [stage, ...above.flatMap((one) => this.#standingOn(one))];
  }

  async #solveStep(
    stage: PlannedStage,
    step: Step,
    effect: Effect,
    ordinal: number,
    state: StageState,
    name: string,
  ): Promise<StageState> {
    try {
      return await this.#open.progress.step(name, async (progress) => {
        const place = { stage, effect, ordinal, state, span: step.span };
        const hit = await this.#cache.lookUp(place);
        if (hit !== undefined) progress.cached();
        const record = hit ?? (await this.#run(place, progress));
        const entry = this.#stamped(step.history, record);
        return withLayer(state, record.layer, entry, {
          library: this.#open.library,
          isNew: hit === undefined,
        });
      });
    } catch (error) {
      if (this.#open.signal.aborted) throw error;
      throw this.#explain(error, step.span, step.trigger);
    }
  }

  async #run(place: StepPlace, progress: StepProgress): Promise<StepRecord> {
    const { stage, effect, state } = place;
    this.#expect(stage);
    const { options, library, signal } = this.#open;
    const layer = await runEffect(effect, state, {
      library,
      options,
      signal,
      progress,
      platform: stage.platform,
      context: this.#context,
      stage: (index) => this.stage(index),
      sandbox: () => this.#open.sandbox(),
      warn: (code, message) => this.#open.progress.warn(code, message, place.span),
      exclusively: (work) => this.#open.exclusively(work),
    });
    this.#pushAhead(stage, layer);
    const record: StepRecord = {
      layer,
      parentChain: parentChain(effect, state),
      created: new Date().toISOString(),
    };
    await this.#cache.save(place, record);
    return record;
  }

  /**
   * A step of the stage has missed, so the steps after it will, and those of stages that stand on it: what they take from
   * other stages is made meanwhile.
   */
  #expect(stage: PlannedStage): void {
    if (this.#expected.has(stage.index)) return;
    this.#expected.add(stage.index);
    for (const { effect } of stage.steps) {
      if (effect !== undefined && takesFiles(effect) && effect.from.kind === "stage") {
        const { stage: index } = effect.from;
        this.#open.background(this.stage(index).then(() => undefined));
      }
    }
    for (const other of this.#plan.stages) {
      const { base } = other;
      const isWaiting = base.kind === "stage" && base.stage === stage.index && this.#stages.has(other.index);
      if (isWaiting) this.#expect(other);
    }
  }

  /** Layers of the image itself (not of stages that it only copies from) need not wait for the end. */
  #pushAhead(stage: PlannedStage, layer: Layer): void {
    const names = pushedNames(this.#open.options);
    if (names.length === 0 || !isOfImage(this.#plan, stage)) return;
    const { library, jobs, signal, options } = this.#open;
    const { store, registries } = options;
    this.#open.background(pushAhead(layer, names, { store, registries, library, jobs, signal }));
  }

  #stamped(entry: HistoryEntry, record: StepRecord | undefined): HistoryEntry {
    return stampHistory(entry, record?.created, this.#open.options.sourceDateEpoch);
  }

  #explain(error: unknown, span: Span, trigger: string | undefined): BuildError {
    if (error instanceof BuildError && error.location !== undefined) return error;
    const { path, source } = this.#dockerfile;
    const code = codeOf(error);
    const prefix = trigger === undefined ? "" : `ONBUILD ${trigger.split("\n", 1)[0] ?? ""}: `;
    return new BuildError(code, prefix + messageOf(error), {
      location: { path, source, span },
      output: error instanceof BuildError ? error.output : undefined,
      cause: error,
    });
  }
}

/** While the context is looked at. What goes wrong is told by the step that needs it. */
async function readAhead(state: StageState): Promise<void> {
  await state.rootfs().catch(() => undefined);
}

function codeOf(error: unknown): BuildErrorCode {
  if (error instanceof BuildError) return error.code;
  return error instanceof SandboxError && error.code === "NO_ISOLATION" ? "NO_ISOLATION" : "STEP_FAILED";
}

function needsBase({ effect }: Step): boolean {
  return effect !== undefined && !standsAlone(effect);
}
