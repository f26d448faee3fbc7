// An image without a name is kept in the store under its own digest, so that it can be found by ID.
import { isDigest } from "@tsbuild/oci";

/** Whether this name of the store is a digest: the image has no other. */
export function isNameless(name: string): boolean {
  return isDigest(name);
}
