// Asks the registry to give one of its repositories a blob that another one has: no byte passes through us.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
import type { Descriptor } from "@tsbuild/oci";
import { uploadsPath } from "../content-path.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";
import { UploadSession } from "./upload-session.ts";

/** Statuses of registries that cannot mount, or not for us: then the bytes are uploaded. */
const declined = new Set([400, 401, 403, 404, 405, 501]);

/** True when the blob is in the repository now. */
export async function mountBlob(
  context: RepositoryContext,
  blob: Descriptor,
  from: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const { host, repository, name } = context;
  const scopes = [
    { repository, access: "pull,push" },
    { repository: from, access: "pull" },
  ] as const;
  const query = new URLSearchParams({ mount: blob.digest, from });
  try {
    const response = await host.ask({
      method: "POST",
      target: `${uploadsPath(repository)}?${query.toString()}`,
      scopes,
      expect: [201, 202],
      action: `mount ${blob.digest} from ${from} into ${name}`,
      headers: { "content-length": "0" },
      ...(signal === undefined ? {} : { signal }),
    });
    await response.discard();
    if (response.status === 201) {
      const stored = response.header("docker-content-digest");
      return stored === undefined || stored === blob.digest;
    }
    // The registry would rather have the bytes, and has opened an upload for them.
    if (response.header("location") !== undefined)
      await UploadSession.from(context, scopes, response).cancel();
    return false;
  } catch (error) {
    if (error instanceof RegistryError && error.status !== undefined && declined.has(error.status))
      return false;
    throw error;
  }
}
