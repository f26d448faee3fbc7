// What a client moved, read out of a registry's access log.
import type { RegistryRequest } from "./debian-registry.ts";

export interface Traffic {
  /** Digests of blobs whose bytes were fetched, once for each time. */
  readonly downloads: readonly string[];
  /** Uploads begun that were no mounts: each moved bytes. */
  readonly uploads: number;
  /** Digests that were mounted from another repository. */
  readonly mounts: readonly string[];
  readonly manifestsWritten: number;
}

/** `layers` narrows downloads to those digests: configs are fetched by everyone. */
export function readTraffic(requests: readonly RegistryRequest[], layers: readonly string[]): Traffic {
  const downloads = requests
    .filter(({ method, status }) => method === "GET" && (status === 200 || status === 206))
    .flatMap(({ path }) => /\/blobs\/(sha256:[0-9a-f]{64})/.exec(path)?.[1] ?? [])
    .filter((digest) => layers.includes(digest));
  const posts = requests.filter(({ method, path }) => method === "POST" && path.includes("/blobs/uploads/"));
  const isMount = ({ path, status }: RegistryRequest): boolean => path.includes("mount=") && status === 201;
  return {
    downloads,
    uploads: requests
      .filter(({ method, status }) => method === "PUT" && status === 201)
      .filter(({ path }) => path.includes("/blobs/uploads/")).length,
    mounts: posts
      .filter(isMount)
      .flatMap(({ path }) => decodeURIComponent(/mount=([^&]+)/.exec(path)?.[1] ?? "")),
    manifestsWritten: requests.filter(
      ({ method, path, status }) => method === "PUT" && path.includes("/manifests/") && status === 201,
    ).length,
  };
}
