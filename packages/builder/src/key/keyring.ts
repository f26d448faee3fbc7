// The cache keys of a plan's steps, each computed once. Only the context has to be looked at for them: what comes
// from another stage is known by that stage's key.
import type { Digest } from "@tsbuild/oci";
import type { BuildOptions } from "../build-options.ts";
import { stageOf, standsAlone, takesFiles, type Effect, type Plan, type PlannedStage } from "../plan/plan.ts";
import { chainOf } from "../solve/chain-id.ts";
import type { ContextFiles } from "../solve/context-files.ts";
import { chainKey, scratchKey, stepKey, type StepKeyOptions } from "./step-key.ts";

export class Keyring {
  readonly #plan: Plan;
  readonly #context: ContextFiles;
  readonly #options: StepKeyOptions;
  readonly #keys = new Map<string, Promise<Digest>>();

  constructor(plan: Plan, context: ContextFiles, options: BuildOptions) {
    this.#plan = plan;
    this.#context = context;
    this.#options = keyOptions(options);
  }

  /** The key of the stage's `ordinal`th step that makes a layer, from 0. */
  key(stage: number, ordinal: number): Promise<Digest> {
    const id = `${stage}/${ordinal}`;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const key = this.#compute(stageOf(this.#plan, stage), ordinal);
    this.#keys.set(id, key);
    return key;
  }

  /** The key that the step's layer is kept under: for a linked copy one that knows nothing of its parent. */
  async recordKey(stage: number, ordinal: number): Promise<Digest> {
    const effect = effectAt(stageOf(this.#plan, stage), ordinal);
    if (!standsAlone(effect)) return this.key(stage, ordinal);
    return stepKey(scratchKey(), effect, await this.#inputKey(effect), this.#options);
  }

  /** The key of a stage as a whole: that of its last layer. */
  stageKey(index: number): Promise<Digest> {
    const stage = stageOf(this.#plan, index);
    const effects = effectsOf(stage).length;
    return effects === 0 ? this.#baseKey(stage) : this.key(index, effects - 1);
  }

  /** A key that tells what is copied by its content instead of by where it comes from. */
  async contentKey(stage: number, ordinal: number, input: Digest): Promise<Digest> {
    const planned = stageOf(this.#plan, stage);
    const effect = effectAt(planned, ordinal);
    const parent = standsAlone(effect) ? scratchKey() : await this.#parent(planned, ordinal);
    return stepKey(parent, effect, input, this.#options);
  }

  async #compute(stage: PlannedStage, ordinal: number): Promise<Digest> {
    const effect = effectAt(stage, ordinal);
    const [parent, input] = await Promise.all([this.#parent(stage, ordinal), this.#inputKey(effect)]);
    return stepKey(parent, effect, input, this.#options);
  }

  #parent(stage: PlannedStage, ordinal: number): Promise<Digest> {
    return ordinal === 0 ? this.#baseKey(stage) : this.key(stage.index, ordinal - 1);
  }

  #baseKey(stage: PlannedStage): Promise<Digest> {
    switch (stage.base.kind) {
      case "scratch":
        return Promise.resolve(scratchKey());
      case "image":
        return Promise.resolve(chainKey(chainOf(stage.base.image.layers.map((layer) => layer.diffId))));
      case "stage":
        return this.stageKey(stage.base.stage);
    }
  }

  async #inputKey(effect: Effect): Promise<Digest | undefined> {
    if (!takesFiles(effect)) return undefined;
    switch (effect.from.kind) {
      case "scratch":
        return scratchKey();
      case "stage":
        return this.stageKey(effect.from.stage);
      case "image":
        return chainKey(chainOf(effect.from.image.layers.map((layer) => layer.diffId)));
      case "context": {
        // A step with inline files only does not look at the context.
        if (effect.sources.length === 0) return undefined;
        return this.#context.inputDigest(effect);
      }
    }
  }
}

function effectsOf(stage: PlannedStage): Effect[] {
  return stage.steps.flatMap((step) => (step.effect === undefined ? [] : [step.effect]));
}

function effectAt(stage: PlannedStage, ordinal: number): Effect {
  const effect = effectsOf(stage)[ordinal];
  if (effect === undefined) throw new RangeError(`stage ${stage.index} has no layer step ${ordinal}`);
  return effect;
}

function keyOptions({ compression, sourceDateEpoch, rewriteTimestamp }: BuildOptions): StepKeyOptions {
  const { kind, level } = compression ?? { kind: "gzip" };
  const epoch = sourceDateEpoch === undefined ? "" : String(sourceDateEpoch);
  return {
    compression: `${kind}:${level ?? "default"}`,
    timestamps: `${epoch}:${rewriteTimestamp === true && epoch !== "" ? "clamped" : ""}`,
  };
}
