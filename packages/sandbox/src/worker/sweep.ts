// Removes what nobody will use again: temporary folders of killed builds, and unpacked layers of earlier boots.
import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { removeTree } from "../changes/remove-tree.ts";
import { untilAborted } from "../until-aborted.ts";
import { isOutdated } from "./flavour.ts";
import type { WorkerPlace } from "./worker-place.ts";

/** Gives up when the signal fires: the next one goes on. */
export async function sweep(
  place: WorkerPlace,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<undefined> {
  const temporary = join(place.store.root, "tmp");
  for (const folder of [...folders, ...outdated(place)]) {
    const isOurs = dirname(resolve(folder)) === temporary || dirname(folder) === dirname(place.layers.folder);
    if (!isOurs) continue;
    signal.throwIfAborted();
    // What cannot be removed must not keep the others.
    await untilAborted(
      removeTree(folder).catch(() => undefined),
      signal,
    );
  }
}

function outdated({ layers, flavour }: WorkerPlace): string[] {
  const parent = dirname(layers.folder);
  return readdirSync(parent)
    .filter((name) => isOutdated(name, flavour))
    .map((name) => join(parent, name));
}
