// The layer of the busybox base as a sandbox takes it.
import { indexLayer, type EntryTable } from "@tsbuild/layer";
import type { UnpackOrder } from "@tsbuild/sandbox";
import { openOciLayout, readAll, type LocalStore } from "@tsbuild/store";

type Layer = NonNullable<UnpackOrder["layer"]>;

export interface BusyboxLayer {
  /** Of its unpacked form. */
  readonly name: string;
  readonly order: UnpackOrder;
}

/** Puts the layer into the store, unless it is there. */
export async function loadBusyboxLayer(store: LocalStore, layoutFolder: string): Promise<BusyboxLayer> {
  const layout = await openOciLayout(layoutFolder);
  const image = await layout.resolve("busybox");
  if (image === undefined) throw new Error(`Cannot find busybox in ${layoutFolder}`);
  const bytes = await readAll(layout.read(image), image.size);
  const manifest = JSON.parse(Buffer.from(bytes).toString()) as { readonly layers: readonly Layer["blob"][] };
  const [blob] = manifest.layers;
  if (blob === undefined) throw new Error("Cannot find a layer in the busybox base");
  await store.write(layout.read(blob), { expected: blob });
  const { diffId, table }: { diffId: Layer["diffId"]; table: EntryTable } = await indexLayer(
    store.read(blob),
  );
  const name = diffId.slice(diffId.indexOf(":") + 1);
  return { name, order: { name, changes: table, layer: { diffId, blob }, tars: new Map() } };
}
