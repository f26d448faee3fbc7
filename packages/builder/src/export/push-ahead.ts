// Layers go to the registries while later steps still run. What fails here is not an error yet: the push at the
// end tries again, and reports.
import type { Reference } from "@tsbuild/oci";
import { copy } from "@tsbuild/store";
import type { BuildOptions } from "../build-options.ts";
import type { Layer } from "../solve/layer.ts";
import { imageReader } from "./image-reader.ts";
import { mountBlob, type PushOptions } from "./push-image.ts";
import { referencesOf } from "./references.ts";

/** The names that the build's outputs will be pushed to. */
export function pushedNames(options: BuildOptions): Reference[] {
  return (options.outputs ?? []).flatMap((output) =>
    output.type === "image" && output.push === true ? referencesOf(output.names ?? options.tags ?? []) : [],
  );
}

/** Sends one layer to each of the names' repositories. Never rejects. */
export async function pushAhead(
  layer: Layer,
  names: readonly Reference[],
  o: Omit<PushOptions, "progress">,
): Promise<void> {
  const repositories = new Map(names.map((name) => [`${name.registry}/${name.repository}`, name]));
  await Promise.allSettled(
    [...repositories.values()].map(async (name) => {
      const repository = o.registries.repository(name);
      await mountBlob(layer.descriptor, name, repository, o);
      await copy(
        layer.descriptor,
        imageReader(o.library),
        repository,
        o.signal === undefined ? {} : { signal: o.signal },
      );
    }),
  );
}
