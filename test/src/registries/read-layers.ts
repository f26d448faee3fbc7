// The layers of an image on a registry, by plain HTTP.

interface ManifestOnRegistry {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** @param reference `127.0.0.1:PORT/repository:tag` */
async function readManifestOf(reference: string): Promise<ManifestOnRegistry> {
  const [, host = "", repository = "", tag = ""] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  if (!response.ok) throw new Error(`Cannot read ${reference}: status ${response.status}`);
  return JSON.parse(await response.text());
}

export async function readLayerDigests(reference: string): Promise<string[]> {
  return (await readManifestOf(reference)).layers.map(({ digest }) => digest);
}
