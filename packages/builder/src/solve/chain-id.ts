// The identity of a stack of layers.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
import { digestOf, type Digest } from "@tsbuild/oci";

/** The chain ID after one more layer; undefined stands for the empty root filesystem. */
export function extendChain(parent: Digest | undefined, diffId: Digest): Digest {
  return parent === undefined ? diffId : digestOf(`${parent} ${diffId}`);
}

/** The chain ID of a whole stack, bottom first. */
export function chainOf(diffIds: readonly Digest[]): Digest | undefined {
  let chain: Digest | undefined;
  for (const diffId of diffIds) chain = extendChain(chain, diffId);
  return chain;
}
