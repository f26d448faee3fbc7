// An image of a registry as a bundle for an OCI runtime: skopeo fetches it, umoci unpacks it.
import { join } from "node:path";
import { isRoot } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";

/** The bundle's folder, below `folder`. `image` is `127.0.0.1:PORT/name:tag`. */
export async function unpackImage(image: string, folder: string, name: string): Promise<string> {
  const [layout, bundle] = [join(folder, `${name}-layout`), join(folder, `${name}-bundle`)];
  await runOrThrow("skopeo", [
    ...["copy", "--quiet", "--insecure-policy", "--src-tls-verify=false"],
    ...[`docker://${image}`, `oci:${layout}:1`],
  ]);
  const rootless = isRoot() ? [] : ["--rootless"];
  await runOrThrow("umoci", ["unpack", ...rootless, "--image", `${layout}:1`, bundle]);
  return bundle;
}
