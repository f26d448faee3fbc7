// Puts a base into a registry with skopeo: an OCI layout goes up as it is, under a name and with tag 1.
import { runOrThrow } from "../machine/run-program.ts";
import { findBusyboxBase } from "./busybox-base.ts";
import { findDebianBase, findLargeBase } from "./debian-base.ts";

export type BaseName = "busybox" | "debian" | "large";

const makers: Record<BaseName, () => Promise<string>> = {
  busybox: findBusyboxBase,
  debian: findDebianBase,
  large: findLargeBase,
};

/** Makes the base if need be. Resolves to its reference: `127.0.0.1:PORT/base/debian:1`. */
export async function pushBase(
  name: BaseName,
  registryAddress: string,
  repository = `base/${name}`,
): Promise<string> {
  const layout = await makers[name]();
  const reference = `${registryAddress}/${repository}:1`;
  await runOrThrow("skopeo", [
    ...["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"],
    ...[`oci:${layout}:${name}`, `docker://${reference}`],
  ]);
  return reference;
}
