// A step that is not in the cache: its effect on the root filesystem is computed on values and packed as a layer.
// Nothing is unpacked, so this needs no privilege.
import { EntryTable, packLayer, type Content } from "@tsbuild/layer";
import { parseChmod } from "@tsbuild/dockerfile";
import type { Platform } from "@tsbuild/oci";
import { findOwner, RootFs } from "@tsbuild/rootfs";
import type { Sandbox } from "@tsbuild/sandbox";
import type { BuildOptions } from "../build-options.ts";
import { openKeptBlocks } from "../cache/kept-blocks.ts";
import { planCopy } from "../copy/plan-copy.ts";
import { planWorkdir } from "../copy/plan-workdir.ts";
import type { SourceTree } from "../copy/source-tree.ts";
import type { Owner } from "../copy/staged-tree.ts";
import { standsAlone, type Effect, type Input } from "../plan/plan.ts";
import type { StepProgress } from "../progress.ts";
import { runProcess } from "../run/run-process.ts";
import type { ContextFiles } from "./context-files.ts";
import type { LayerLibrary } from "./layer-library.ts";
import type { Layer } from "./layer.ts";
import { isNumericOwner, readAccounts } from "./read-accounts.ts";
import { planAdd } from "./plan-add.ts";
import { selectRequest, type TransferEffect } from "./selection-of.ts";
import { imageState, type StageState } from "./stage-state.ts";

export interface EffectOptions {
  readonly library: LayerLibrary;
  readonly options: BuildOptions;
  readonly signal: AbortSignal;
  readonly progress: StepProgress;
  readonly context: ContextFiles;
  /** Another stage, solved. */
  stage(index: number): Promise<StageState>;
  /** What the user should know of the step. */
  warn(code: string, message: string): void;
  /** What runs processes. */
  sandbox(): Promise<Sandbox>;
  /** What the stage is for. */
  readonly platform: Platform;
  /** Packing takes all processors and most of the memory, so one at a time. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** Makes the layer of one step on top of `state`. */
export async function runEffect(effect: Effect, state: StageState, o: EffectOptions): Promise<Layer> {
  if (effect.kind === "run") return runProcess(effect, state, o);
  // Not even looked at, so that the base need not be here.
  const rootfs = standsAlone(effect) ? RootFs.empty : await state.rootfs();
  switch (effect.kind) {
    case "workdir": {
      // As BuildKit has it, by the rules of --chown and not by those of a process: a bare number is the group's too.
      const owner = effect.user === "" ? undefined : await ownerOf(effect.user, rootfs, o);
      const request = { path: effect.path, target: rootfs, createdMtimeSec: createdMtimeSec(o) };
      return pack(planWorkdir(owner === undefined ? request : { ...request, owner }).changes, o);
    }
    case "copy": {
      const request = await transferRequest(effect, rootfs, o);
      const learns = effect.from.kind === "context" && effect.sources.length > 0;
      return pack(planCopy(request).changes, o, learns, effect);
    }
    case "add": {
      const request = await transferRequest(effect, rootfs, o);
      const folder = await o.options.store.temporaryFolder();
      try {
        return await pack(await planAdd(request, effect, folder.path, o.signal), o);
      } finally {
        await folder[Symbol.asyncDispose]();
      }
    }
  }
}

/** What a COPY or an ADD asks of the rules for placing files. */
async function transferRequest(effect: TransferEffect, target: RootFs, o: EffectOptions) {
  const source = effect.sources.length === 0 ? emptySource : await sourceOf(effect.from, o);
  const owner = effect.chown === undefined ? undefined : await ownerOf(effect.chown, target, o);
  const octal =
    effect.chmod !== undefined && /^[0-7]+$/.test(effect.chmod)
      ? Number.parseInt(effect.chmod, 8)
      : undefined;
  return {
    ...selectRequest(effect, source, createdMtimeSec(o)),
    destination: effect.destination,
    workdir: effect.workdir,
    target,
    ...(o.options.sourceDateEpoch === undefined ? {} : { fixedMtimeSec: o.options.sourceDateEpoch }),
    ...(owner === undefined ? {} : { owner }),
    ...(effect.chmod === undefined ? {} : { chmod: parseChmod(effect.chmod) }),
    ...(octal === undefined ? {} : { createdMode: octal }),
  };
}

const emptySource: SourceTree = { get: () => undefined, list: () => [] };

async function sourceOf(from: Input, o: EffectOptions): Promise<SourceTree> {
  switch (from.kind) {
    case "context":
      return o.context.snapshot();
    case "scratch":
      return RootFs.empty;
    case "stage":
      return (await o.stage(from.stage)).rootfs();
    case "image":
      return imageState(from.image, o.library).rootfs();
  }
}

async function ownerOf(spec: string, rootfs: RootFs, o: EffectOptions): Promise<Owner> {
  return findOwner(spec, isNumericOwner(spec) ? {} : await readAccounts(rootfs, o.library));
}

/** The time of folders and files that the step itself makes. */
function createdMtimeSec(o: EffectOptions): number {
  return o.options.sourceDateEpoch ?? Math.floor(Date.now() / 1000);
}

async function pack(
  changes: EntryTable,
  o: EffectOptions,
  learns = false,
  effect?: TransferEffect,
): Promise<Layer> {
  const { library, options, signal, progress } = o;
  for (const content of slicesOf(changes)) await library.fileOf(content);
  return o.exclusively(async () => {
    if (changes.length > manyEntries) await o.context.rest();
    const clamp = options.rewriteTimestamp === true ? options.sourceDateEpoch : undefined;
    const many = changes.length > manyEntries;
    const kept = many && effect !== undefined ? await openKeptBlocks(effect, options) : undefined;
    const packed = await packLayer(changes, {
      layerFile: (diffId) => library.filePath(diffId),
      write: (bytes) => options.store.write(bytes, { signal }),
      signal,
      onProgress: (bytes) => progress.transfer("packing", bytes, undefined, false),
      ...(options.compression === undefined ? {} : { compression: options.compression }),
      ...(clamp === undefined ? {} : { clampMtimeSec: clamp }),
      hashContents: learns,
      ...(kept === undefined ? {} : { reuse: { earlier: kept.earlier } }),
    });
    await kept?.save(packed.descriptor.digest, packed.blocks);
    if (learns) await o.context.learn(changes, packed.table);
    const layer: Layer = { descriptor: packed.descriptor, diffId: packed.diffId };
    await library.saveTable(layer, packed.table);
    return layer;
  });
}

/** From here on a layer is packed on a thread of its own. */
const manyEntries = 500;

/** One content of each layer that the changes take files from. */
function slicesOf(changes: EntryTable): Content[] {
  const found = new Map<string, Content>();
  for (let row = 0; row < changes.length; row += 1) {
    if (changes.kindAt(row) !== "file") continue;
    const change = changes.at(row);
    if (change.kind !== "put" || change.entry.kind !== "file") continue;
    const { content } = change.entry;
    if (content.kind === "slice") found.set(content.layer, content);
  }
  return [...found.values()];
}
