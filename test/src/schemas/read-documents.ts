// All JSON documents that an OCI layout is made of, from its index down.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DocumentKind } from "./image-schemas.ts";

export interface FoundDocument {
  readonly kind: DocumentKind;
  readonly digest: string;
  readonly document: unknown;
}

interface Reference {
  readonly mediaType: string;
  readonly digest: string;
}

export async function readDocuments(layout: string): Promise<FoundDocument[]> {
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
  return [{ kind: "image-index", digest: "index.json", document: index }, ...(await below(layout, index))];
}

async function below(
  layout: string,
  document: { manifests?: Reference[]; config?: Reference },
): Promise<FoundDocument[]> {
  const references = [...(document.manifests ?? []), ...(document.config ? [document.config] : [])];
  const nested = references.map(async ({ mediaType, digest }): Promise<FoundDocument[]> => {
    const child = JSON.parse(await readFile(join(layout, "blobs", digest.replace(":", "/")), "utf8"));
    const kind = kindOf(mediaType);
    // A config's own `config` is no descriptor.
    return [
      { kind, digest, document: child },
      ...(kind === "image-config" ? [] : await below(layout, child)),
    ];
  });
  return (await Promise.all(nested)).flat();
}

function kindOf(mediaType: string): DocumentKind {
  if (mediaType.includes("index")) return "image-index";
  return mediaType.includes("manifest") ? "image-manifest" : "image-config";
}
