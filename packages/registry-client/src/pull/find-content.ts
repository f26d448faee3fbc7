// Whether a repository has a blob or manifest, by HEAD.
import { blobPath, isManifestContent, manifestPath } from "../content-path.ts";
import type { RepositoryContext } from "../repository-context.ts";

/** What the registry says about content that is there; some registries tell no size. */
export interface FoundContent {
  readonly size: number | undefined;
}

/** `undefined` when it is not there; content whose length is not the one asked for counts as absent. */
export async function findContent(
  { host, repository, name }: RepositoryContext,
  content: { mediaType?: string | undefined; digest: string; size?: number | undefined },
  signal?: AbortSignal,
): Promise<FoundContent | undefined> {
  const isManifest = isManifestContent(content.mediaType);
  const response = await host.ask({
    method: "HEAD",
    target: isManifest ? manifestPath(repository, content.digest) : blobPath(repository, content.digest),
    scopes: [{ repository, access: "pull" }],
    expect: [200, 404],
    action: `look for ${content.digest} in ${name}`,
    headers: isManifest
      ? { accept: String(content.mediaType), "accept-encoding": "identity" }
      : { "accept-encoding": "identity" },
    ...(signal === undefined ? {} : { signal }),
  });
  await response.discard();
  if (response.status !== 200) return undefined;
  const length = Number(response.header("content-length") ?? 0);
  // Some registries answer HEAD without a length, or with 0.
  const size = length > 0 ? length : content.size === 0 ? 0 : undefined;
  const isOther = size !== undefined && content.size !== undefined && size !== content.size;
  return isOther ? undefined : { size: size ?? content.size };
}
