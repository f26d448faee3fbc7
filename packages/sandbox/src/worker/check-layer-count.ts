// How many layers an overlay can stack: 500 in the kernel, and all their names in one page of mount options.
import { SandboxError } from "../sandbox-error.ts";

const mostLayers = 500;
const mostOptionBytes = 4095;
/** All options but the layers: flags, the workspace's own folders. */
const otherOptionBytes = 256;

/** `links` are the names of links to the lower folders, without that of mount points. */
export function checkLayerCount(links: readonly string[]): void {
  const bytes = links.reduce((sum, link) => sum + `l/${link}:`.length, otherOptionBytes);
  if (links.length + 1 <= mostLayers && bytes <= mostOptionBytes) return;
  throw new SandboxError(
    "TOO_MANY_LAYERS",
    `Cannot make a root file system of ${links.length} layers: overlayfs stacks at most ${mostLayers - 1}; ` +
      "join instructions, or start from an image with fewer layers",
    { facts: { reason: `${links.length} layers` } },
  );
}
