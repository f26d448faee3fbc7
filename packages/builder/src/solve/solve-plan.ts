// A plan → its image: a memoised promise per stage, and a fold of the state over the stage's steps. A stage that
// nothing asks for, because what it would give is in the cache, is never solved.
import type { Dockerfile, Span } from "@tsbuild/dockerfile";
import { formatReference, type Digest, type HistoryEntry } from "@tsbuild/oci";
import { BuildError, messageOf } from "../build-error.ts";
import { findRecords, saveRecord, type StepRecord } from "../cache/step-record.ts";
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
  type Effect,
  type Plan,
  type PlannedStage,
  type Step,
} from "../plan/plan.ts";
import { isUncached } from "../plan/no-cache.ts";
import type { StepProgress } from "../progress.ts";
import { stepPrefix, type PrefixOptions } from "./step-prefix.ts";
import type { ContextFiles } from "./context-files.ts";
import { copyInputDigest } from "../copy/copy-input-digest.ts";
import { contentDigests } from "./content-digests.ts";
import type { Layer } from "./layer.ts";
import { runEffect } from "./run-effect.ts";
import { selectionOf } from "./selection-of.ts";
import { stampHistory } from "./stamp-history.ts";
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
  readonly #keys: Keyring;
  readonly #contentKeys = new Map<Effect, Digest>();
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
    this.#keys = new Keyring(plan, context, open.options);
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
          if (isNew && stage.steps.some(needsBase)) this.#open.background(readAhead(state));
          return state;
        });
      }
    }
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
        const hit = await this.#lookUp(stage, effect, ordinal, state, progress);
        const record = hit ?? (await this.#run(stage, effect, ordinal, state, progress));
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

  /**
   * What the cache has for the step. Nothing is asked where nothing can be: on a state that this build has made anew,
   * unless what is asked costs nothing. Files are then hashed while they are packed instead of before.
   */
  async #lookUp(
    stage: PlannedStage,
    effect: Effect,
    ordinal: number,
    state: StageState,
    progress: StepProgress,
  ): Promise<StepRecord | undefined> {
    if (
      state.isNew &&
      !standsAlone(effect) &&
      effect.kind === "copy" &&
      effect.from.kind === "context" &&
      effect.sources.length > 0
    ) {
      if (!(await this.#context.isRemembered(effect))) return undefined;
    }
    const key = await this.#keys.recordKey(stage.index, ordinal);
    return (
      (await this.#find(stage, key, parentChain(effect, state), progress)) ??
      (await this.#findByContent(stage, effect, ordinal, state, progress))
    );
  }

  async #find(
    stage: PlannedStage,
    key: Digest,
    chain: Digest | undefined,
    progress: StepProgress,
  ): Promise<StepRecord | undefined> {
    if (isUncached(stage, this.#open.options.noCache)) return undefined;
    for (const record of await findRecords(this.#open.options.store, key, chain)) {
      if (await this.#open.library.isKnown(record.layer)) {
        progress.cached();
        return record;
      }
    }
    return undefined;
  }

  /**
   * A stage that had to run again may have given the same files: what is copied from it is then looked for by its
   * content. The key is remembered, so that the step is saved under it too.
   */
  async #findByContent(
    stage: PlannedStage,
    effect: Effect,
    ordinal: number,
    state: StageState,
    progress: StepProgress,
  ): Promise<StepRecord | undefined> {
    if (effect.kind === "workdir" || effect.from.kind !== "stage") return undefined;
    const { library, signal } = this.#open;
    const source = await (await this.stage(effect.from.stage)).rootfs();
    const selection = selectionOf(effect, source, 0);
    const input = copyInputDigest(selection, await contentDigests(selection, library, signal));
    const key = await this.#keys.contentKey(stage.index, ordinal, input);
    this.#contentKeys.set(effect, key);
    const record = await this.#find(stage, key, parentChain(effect, state), progress);
    if (record !== undefined) {
      await saveRecord(this.#open.options.store, await this.#keys.recordKey(stage.index, ordinal), record);
    }
    return record;
  }

  async #run(
    stage: PlannedStage,
    effect: Effect,
    ordinal: number,
    state: StageState,
    progress: StepProgress,
  ): Promise<StepRecord> {
    const { options, library, signal } = this.#open;
    const layer = await runEffect(effect, state, {
      library,
      options,
      signal,
      progress,
      context: this.#context,
      stage: (index) => this.stage(index),
      exclusively: (work) => this.#open.exclusively(work),
    });
    this.#pushAhead(stage, layer);
    const record: StepRecord = {
      layer,
      parentChain: parentChain(effect, state),
      created: new Date().toISOString(),
    };
    await saveRecord(options.store, await this.#keys.recordKey(stage.index, ordinal), record);
    const contentKey = this.#contentKeys.get(effect);
    if (contentKey !== undefined) await saveRecord(options.store, contentKey, record);
    return record;
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
    const code = error instanceof BuildError ? error.code : "STEP_FAILED";
    const prefix = trigger === undefined ? "" : `ONBUILD ${trigger.split("\n", 1)[0] ?? ""}: `;
    return new BuildError(code, prefix + messageOf(error), {
      location: { path, source, span },
      cause: error,
    });
  }
}

/** While the context is looked at. What goes wrong is told by the step that needs it. */
async function readAhead(state: StageState): Promise<void> {
  await state.rootfs().catch(() => undefined);
}

function needsBase({ effect }: Step): boolean {
  return effect !== undefined && !standsAlone(effect);
}

/** The layers that a record is good for: those below it, or, for a linked copy, any. */
function parentChain(effect: Effect, state: StageState): Digest | undefined {
  return standsAlone(effect) ? undefined : state.chain;
}
