// The layers below a RUN as folders on disk: each is unpacked once, by whichever build on this machine needs it first.
import type { EntryTable } from "@tsbuild/layer";
import { digestHex, type Digest } from "@tsbuild/oci";
import { RootFs } from "@tsbuild/rootfs";
import type { Sandbox, UnpackOrder } from "@tsbuild/sandbox";
import { BuildError, messageOf } from "../build-error.ts";
import type { StepProgress } from "../progress.ts";
import { extendChain } from "../solve/chain-id.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import type { Layer } from "../solve/layer.ts";
import { hidesAllBelow, lowerForm } from "./lower-form.ts";

export interface LowerStack {
  /** The unpacked forms, the lowest first. */
  readonly names: readonly string[];
  /** The form that a layer's files are in, and what the layer says. */
  readonly byLayer: ReadonlyMap<Digest, UnpackedForm>;
}

interface UnpackedForm {
  readonly name: string;
  readonly table: EntryTable;
}

/** Each takes some megabytes of memory. */
const levelsAtOnce = 4;

interface StackOptions {
  readonly sandbox: Sandbox;
  readonly library: LayerLibrary;
  readonly progress: StepProgress;
  readonly signal: AbortSignal;
}

/** Sees to it that every layer of the stack is unpacked. */
export async function unpackStack(
  layers: readonly Layer[],
  rootfs: RootFs,
  o: StackOptions,
): Promise<LowerStack> {
  const wanted = lowestFirst(layers, rootfs);
  const byLayer = new Map<Digest, UnpackedForm>();
  const waiting = [...wanted];
  const unpackSome = async (): Promise<void> => {
    for (let level = waiting.shift(); level !== undefined; level = waiting.shift()) {
      const name = await unpackLevel(level, rootfs, o);
      byLayer.set(level.layer.diffId, { name, table: level.table });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: levelsAtOnce }, unpackSome));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return { names: wanted.flatMap(({ layer }) => byLayer.get(layer.diffId)?.name ?? []), byLayer };
}

interface Level {
  readonly layer: Layer;
  readonly table: EntryTable;
  /** In the stack, from 0. */
  readonly index: number;
  readonly chain: Digest;
}

/**
 * Without layers that say nothing, without what an opaque root hides, and each layer only once: overlayfs takes no
 * folder twice, and the upper of two equal layers says all that the lower one does.
 */
function lowestFirst(layers: readonly Layer[], rootfs: RootFs): Level[] {
  const levels = new Map<Digest, Level>();
  let chain: Digest | undefined;
  for (const [index, layer] of layers.entries()) {
    chain = extendChain(chain, layer.diffId);
    const table = rootfs.layers[index];
    if (table === undefined || table.length === 0) continue;
    if (hidesAllBelow(table)) levels.clear();
    levels.delete(layer.diffId);
    levels.set(layer.diffId, { layer, table, index, chain });
  }
  return [...levels.values()];
}

async function unpackLevel(
  { layer, table, index, chain }: Level,
  rootfs: RootFs,
  o: StackOptions,
): Promise<string> {
  const { sandbox, library, progress, signal } = o;
  const alone = digestHex(layer.diffId);
  // Rows that were moved behind links of layers below, and whiteouts, mean something else above other layers.
  const isItself = table === (await library.table(layer));
  if (isItself && !hasWhiteouts(table) && sandbox.isUnpacked(alone)) return alone;
  const chained = `chain-${digestHex(chain)}`;
  if (sandbox.isUnpacked(chained)) return chained;
  const form = explained(layer, () => lowerForm(stackBelow(rootfs, index), table, layer.diffId));
  const name = isItself && form.standsAlone ? alone : chained;
  if (sandbox.isUnpacked(name)) return name;
  const tars = new Map(
    await Promise.all(form.borrowed.map(async (diffId) => [diffId, await library.fileById(diffId)] as const)),
  );
  const own = await library.knownFile(layer);
  if (own === undefined) await library.fetch(layer);
  else tars.set(layer.diffId, own);
  const { diffId, descriptor } = layer;
  const id = `unpacking ${diffId}`;
  let written = 0;
  const order: UnpackOrder = {
    name,
    changes: form.changes,
    layer: { diffId, blob: descriptor },
    tars,
    signal,
    onProgress: (bytes) => progress.transfer(id, (written = bytes), undefined, false),
  };
  progress.transfer(id, 0, undefined, false);
  await sandbox.unpack(order);
  progress.transfer(id, written, undefined, true);
  return name;
}

function hasWhiteouts(table: EntryTable): boolean {
  for (let row = 0; row < table.length; row++) if (table.kindAt(row) === "remove") return true;
  return false;
}

function stackBelow(rootfs: RootFs, index: number): RootFs {
  return rootfs.layers.slice(0, index).reduce((stack, table) => stack.withLayer(table), RootFs.empty);
}

function explained<T>(layer: Layer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new BuildError(
      "IMAGE_UNAVAILABLE",
      `Cannot unpack the layer ${layer.descriptor.digest}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
