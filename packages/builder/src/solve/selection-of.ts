// A COPY's or ADD's effect → what it takes from its source.
import type { SourceTree } from "../copy/source-tree.ts";
import { selectSources, type SelectRequest, type Selection } from "../copy/select-sources.ts";
import type { Effect } from "../plan/plan.ts";

export type TransferEffect = Extract<Effect, { kind: "copy" | "add" }>;

/** The request that selecting and placing share. */
export function selectRequest(
  effect: TransferEffect,
  source: SourceTree,
  createdMtimeSec: number,
): SelectRequest {
  return {
    source,
    patterns: effect.sources,
    isContext: effect.from.kind === "context",
    excludes: effect.excludes,
    parents: effect.kind === "copy" && effect.parents,
    heredocs: effect.inlineFiles.map(({ name, content }) => ({ name, bytes: Buffer.from(content, "utf8") })),
    createdMtimeSec,
  };
}

/** What the effect selects in `source`. Throws CopyError when a source is missing. */
export function selectionOf(effect: TransferEffect, source: SourceTree, createdMtimeSec: number): Selection {
  return selectSources(selectRequest(effect, source, createdMtimeSec));
}
