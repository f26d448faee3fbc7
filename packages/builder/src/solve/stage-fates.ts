// Which steps of a stage the cache would answer, and what the stage would give then, by its chain of layers. Nothing runs;
// after a miss the chain is unknown, so every later step that stands on it is a miss too.
import type { Digest } from "@tsbuild/oci";
import { findRecords, type StepRecord } from "../cache/step-record.ts";
import type { Keyring } from "../key/keyring.ts";
import type { OpenBuild } from "../open-build.ts";
import { isUncached, stagesAnew } from "../plan/no-cache.ts";
import { stageOf, standsAlone, takesFiles, type Effect, type Plan, type PlannedStage } from "../plan/plan.ts";
import { chainOf, extendChain } from "./chain-id.ts";

/** Undefined for steps that make no layer. */
export type StepFate = "hit" | "miss" | undefined;

export interface StageFate {
  /** One entry a step. */
  readonly steps: readonly StepFate[];
  /** After the last step; "unknown" once one has missed. */
  readonly chain: Digest | undefined | "unknown";
}

export class StageFates {
  readonly #plan: Plan;
  readonly #keys: Keyring;
  readonly #open: OpenBuild;
  readonly #anew: ReadonlySet<number>;
  readonly #known = new Map<number, Promise<StageFate>>();

  constructor(plan: Plan, keys: Keyring, open: OpenBuild) {
    this.#plan = plan;
    this.#keys = keys;
    this.#open = open;
    this.#anew = stagesAnew(plan, open.options.noCache);
  }

  /** Of the stage with this index. */
  of(index: number): Promise<StageFate> {
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const fate = this.#fold(stageOf(this.#plan, index));
    this.#known.set(index, fate);
    return fate;
  }

  /** What the effect copies is made anew in this build, so that its key does not say what it is. */
  copiesAnew(effect: Effect): boolean {
    return takesFiles(effect) && effect.from.kind === "stage" && this.#anew.has(effect.from.stage);
  }

  /** All that is taken from a stage in one build is of one result of it. */
  async isOfThisSource(effect: Effect, { sourceChain }: StepRecord): Promise<boolean> {
    if (!takesFiles(effect) || effect.from.kind !== "stage" || sourceChain === undefined) return true;
    const { chain } = await this.of(effect.from.stage);
    return chain === "unknown" || chain === sourceChain;
  }

  async #fold(stage: PlannedStage): Promise<StageFate> {
    let chain = await this.#openingChain(stage);
    const steps: StepFate[] = [];
    let ordinal = 0;
    for (const { effect } of stage.steps) {
      if (effect === undefined) {
        steps.push(undefined);
        continue;
      }
      const layer = await this.#find(stage, effect, ordinal, chain);
      steps.push(layer === undefined ? "miss" : "hit");
      chain = layer === undefined || chain === "unknown" ? "unknown" : extendChain(chain, layer);
      ordinal += 1;
    }
    return { steps, chain };
  }

  /** The diffId of the layer that the cache has for the step. */
  async #find(
    stage: PlannedStage,
    effect: Effect,
    ordinal: number,
    chain: StageFate["chain"],
  ): Promise<Digest | undefined> {
    const { options, library } = this.#open;
    const parent = standsAlone(effect) ? undefined : chain;
    if (parent === "unknown" || isUncached(stage, options.noCache) || this.copiesAnew(effect))
      return undefined;
    const key = await this.#keys.recordKey(stage.index, ordinal);
    for (const record of await findRecords(options.store, key, parent)) {
      // The first that is here is what a build would take, or find not to fit.
      if (!(await library.isKnown(record.layer))) continue;
      return (await this.isOfThisSource(effect, record)) ? record.layer.diffId : undefined;
    }
    return undefined;
  }

  async #openingChain({ base }: PlannedStage): Promise<StageFate["chain"]> {
    switch (base.kind) {
      case "scratch":
        return undefined;
      case "image":
        return chainOf(base.image.layers.map(({ diffId }) => diffId));
      case "stage":
        return (await this.of(base.stage)).chain;
    }
  }
}
