// `--dry-run`: which steps of a plan the cache would answer. Nothing runs; after a miss the chain is unknown, so
// every later step of the stage is a miss too.
import type { Digest } from "@tsbuild/oci";
import { findRecords } from "../cache/step-record.ts";
import type { Keyring } from "../key/keyring.ts";
import type { OpenBuild } from "../open-build.ts";
import { isUncached, stagesAnew } from "../plan/no-cache.ts";
import { stageOf, standsAlone, takesFiles, type Effect, type Plan, type PlannedStage } from "../plan/plan.ts";
import { chainOf, extendChain } from "./chain-id.ts";

/** One entry a step; undefined for steps that make no layer. */
export type StepFate = "hit" | "miss" | undefined;

interface StageFate {
  readonly fates: readonly StepFate[];
  /** The chain after the last step: "unknown" once a step has missed. */
  readonly chain: Digest | undefined | "unknown";
}

/** The fates of each planned stage's steps, by stage index. */
export async function lookUpPlan(
  plan: Plan,
  keys: Keyring,
  open: OpenBuild,
): Promise<ReadonlyMap<number, readonly StepFate[]>> {
  const known = new Map<number, StageFate>();
  for (const stage of plan.stages) known.set(stage.index, await lookUpStage(stage, plan, keys, open, known));
  return new Map([...known].map(([index, fate]) => [index, fate.fates]));
}

async function lookUpStage(
  stage: PlannedStage,
  plan: Plan,
  keys: Keyring,
  open: OpenBuild,
  known: ReadonlyMap<number, StageFate>,
): Promise<StageFate> {
  let chain = openChain(stage, plan, known);
  const anew = stagesAnew(plan, open.options.noCache);
  const fates: StepFate[] = [];
  let ordinal = 0;
  for (const step of stage.steps) {
    if (step.effect === undefined) {
      fates.push(undefined);
      continue;
    }
    const parent = standsAlone(step.effect) ? undefined : chain;
    const key = await keys.recordKey(stage.index, ordinal);
    const isAsked =
      parent !== "unknown" && !isUncached(stage, open.options.noCache) && !copiesFrom(step.effect, anew);
    const layer = isAsked ? await findLayer(key, parent, open) : undefined;
    fates.push(layer === undefined ? "miss" : "hit");
    chain = layer === undefined || chain === "unknown" ? "unknown" : extendChain(chain, layer);
    ordinal += 1;
  }
  return { fates, chain };
}

/** What a stage that is made anew gives is known only when it is made. */
function copiesFrom(effect: Effect, anew: ReadonlySet<number>): boolean {
  return takesFiles(effect) && effect.from.kind === "stage" && anew.has(effect.from.stage);
}

function openChain(
  stage: PlannedStage,
  plan: Plan,
  known: ReadonlyMap<number, StageFate>,
): StageFate["chain"] {
  switch (stage.base.kind) {
    case "scratch":
      return undefined;
    case "image":
      return chainOf(stage.base.image.layers.map((layer) => layer.diffId));
    case "stage":
      return chainAfter(known.get(stageOf(plan, stage.base.stage).index));
  }
}

async function findLayer(
  key: Digest,
  chain: Digest | undefined,
  open: OpenBuild,
): Promise<Digest | undefined> {
  for (const record of await findRecords(open.options.store, key, chain)) {
    if (await open.library.isKnown(record.layer)) return record.layer.diffId;
  }
  return undefined;
}

function chainAfter(fate: StageFate | undefined): StageFate["chain"] {
  return fate === undefined ? "unknown" : fate.chain;
}
