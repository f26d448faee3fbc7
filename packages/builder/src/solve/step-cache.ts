// What the cache says of a plan's steps, and what it is told. A step is looked up by what was asked; a copy from a stage
// that had to run again also by the content that it would copy.
import type { Span } from "@tsbuild/dockerfile";
import type { Digest } from "@tsbuild/oci";
import { findRecords, saveRecord, type StepRecord } from "../cache/step-record.ts";
import { copyInputDigest } from "../copy/copy-input-digest.ts";
import type { Keyring } from "../key/keyring.ts";
import type { OpenBuild } from "../open-build.ts";
import { isUncached } from "../plan/no-cache.ts";
import { standsAlone, takesFiles, type Effect, type Plan, type PlannedStage } from "../plan/plan.ts";
import { contentDigests } from "./content-digests.ts";
import type { ContextFiles } from "./context-files.ts";
import { selectionOf } from "./selection-of.ts";
import { StageFates } from "./stage-fates.ts";
import type { StageState } from "./stage-state.ts";

/** One step that makes a layer, on the state that it is to be made on. */
export interface StepPlace {
  readonly stage: PlannedStage;
  readonly effect: Effect;
  /** Among the stage's steps that make layers, from 0. */
  readonly ordinal: number;
  readonly state: StageState;
  /** In the Dockerfile. */
  readonly span: Span;
}

export interface StepCacheOptions {
  readonly plan: Plan;
  readonly keys: Keyring;
  readonly context: ContextFiles;
  readonly open: OpenBuild;
  /** Another stage, solved. */
  stage(index: number): Promise<StageState>;
  /** Told before another stage is solved for a look-up: the step is not in the cache as asked. */
  missed(stage: PlannedStage): void;
}

export class StepCache {
  readonly #o: StepCacheOptions;
  readonly #fates: StageFates;
  readonly #contentKeys = new Map<Effect, Digest>();

  constructor(o: StepCacheOptions) {
    this.#o = o;
    this.#fates = new StageFates(o.plan, o.keys, o.open);
  }

  /**
   * What the cache has for the step. Nothing is asked where nothing can be: on a state that this build has made anew,
   * unless what is asked costs nothing. Files are then hashed while they are packed instead of before.
   */
  async lookUp(place: StepPlace): Promise<StepRecord | undefined> {
    const { effect, state, stage, ordinal } = place;
    if (state.isNew && readsContext(effect) && !standsAlone(effect)) {
      if (!(await this.#o.context.isRemembered(effect))) return undefined;
    }
    if (!this.#fates.copiesAnew(effect)) {
      const found = await this.#find(place, await this.#o.keys.recordKey(stage.index, ordinal));
      if (found !== undefined && (await this.#fates.isOfThisSource(effect, found))) return found;
    }
    return this.#findByContent(place);
  }

  /** Remembers what the step gave, under each key that it was looked up by. */
  async save({ stage, effect, ordinal }: StepPlace, made: StepRecord): Promise<void> {
    const { store } = this.#o.open.options;
    const record = { ...made, sourceChain: await this.#sourceChain(effect) };
    await saveRecord(store, await this.#o.keys.recordKey(stage.index, ordinal), record);
    const contentKey = this.#contentKeys.get(effect);
    if (contentKey !== undefined) await saveRecord(store, contentKey, record);
  }

  /** Of the stage that the effect has copied from. */
  async #sourceChain(effect: Effect): Promise<Digest | undefined> {
    if (!takesFiles(effect) || effect.from.kind !== "stage") return undefined;
    return (await this.#o.stage(effect.from.stage)).chain;
  }

  async #find({ stage, effect, state }: StepPlace, key: Digest): Promise<StepRecord | undefined> {
    const { options, library } = this.#o.open;
    if (isUncached(stage, options.noCache)) return undefined;
    for (const record of await findRecords(options.store, key, parentChain(effect, state))) {
      if (await library.isKnown(record.layer)) return record;
    }
    return undefined;
  }

  /**
   * A stage that had to run again may have given the same files: what is copied from it is then looked for by its
   * content. The key is remembered, so that the step is saved under it too.
   */
  async #findByContent(place: StepPlace): Promise<StepRecord | undefined> {
    const { effect, stage, ordinal } = place;
    if (!takesFiles(effect) || effect.from.kind !== "stage") return undefined;
    this.#o.missed(stage);
    const { library, signal, options } = this.#o.open;
    const source = await (await this.#o.stage(effect.from.stage)).rootfs();
    const selection = selectionOf(effect, source, 0);
    const input = copyInputDigest(selection, await contentDigests(selection, library, signal));
    const key = await this.#o.keys.contentKey(stage.index, ordinal, input);
    this.#contentKeys.set(effect, key);
    const record = await this.#find(place, key);
    if (record !== undefined) {
      const sourceChain = await this.#sourceChain(effect);
      const recordKey = await this.#o.keys.recordKey(stage.index, ordinal);
      await saveRecord(options.store, recordKey, { ...record, sourceChain });
    }
    return record;
  }
}

/** The layers that a record is good for: those below it, or, for a linked copy, any. */
export function parentChain(effect: Effect, state: StageState): Digest | undefined {
  return standsAlone(effect) ? undefined : state.chain;
}

function readsContext(effect: Effect): effect is Extract<Effect, { kind: "copy" }> {
  return effect.kind === "copy" && effect.from.kind === "context" && effect.sources.length > 0;
}
