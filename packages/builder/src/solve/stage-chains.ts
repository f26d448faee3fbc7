// What a stage gives, by its chain of layers, as far as the cache knows it without running anything.
import type { Digest } from "@tsbuild/oci";
import { findRecords } from "../cache/step-record.ts";
import type { Keyring } from "../key/keyring.ts";
import type { OpenBuild } from "../open-build.ts";
import { isUncached } from "../plan/no-cache.ts";
import { stageOf, standsAlone, type Plan, type PlannedStage } from "../plan/plan.ts";
import { chainOf, extendChain } from "./chain-id.ts";

/** "unknown": some step of it would have to run. */
export type StageChain = Digest | undefined | "unknown";

export class StageChains {
  readonly #plan: Plan;
  readonly #keys: Keyring;
  readonly #open: OpenBuild;
  readonly #known = new Map<number, Promise<StageChain>>();

  constructor(plan: Plan, keys: Keyring, open: OpenBuild) {
    this.#plan = plan;
    this.#keys = keys;
    this.#open = open;
  }

  /** The chain of the stage with this index, after its last step. */
  of(index: number): Promise<StageChain> {
    const known = this.#known.get(index);
    if (known !== undefined) return known;
    const chain = this.#fold(stageOf(this.#plan, index));
    this.#known.set(index, chain);
    return chain;
  }

  async #fold(stage: PlannedStage): Promise<StageChain> {
    const { options, library } = this.#open;
    let chain = await this.#base(stage);
    let ordinal = 0;
    for (const { effect } of stage.steps) {
      if (effect === undefined) continue;
      if (chain === "unknown" || isUncached(stage, options.noCache)) return "unknown";
      const key = await this.#keys.recordKey(stage.index, ordinal);
      const records = await findRecords(options.store, key, standsAlone(effect) ? undefined : chain);
      const here = await Promise.all(records.map(({ layer }) => library.isKnown(layer)));
      const record = records.find((_record, at) => here[at]);
      if (record === undefined) return "unknown";
      chain = extendChain(chain, record.layer.diffId);
      ordinal += 1;
    }
    return chain;
  }

  async #base({ base }: PlannedStage): Promise<StageChain> {
    switch (base.kind) {
      case "scratch":
        return undefined;
      case "image":
        return chainOf(base.image.layers.map(({ diffId }) => diffId));
      case "stage":
        return this.of(base.stage);
    }
  }
}
