// How overlays are mounted, but for their folders: the probe tries what every process will have.
import type { Machine } from "./run-order.ts";

export function overlayOptions({ volatile, userxattr }: Pick<Machine, "volatile" | "userxattr">): string[] {
  return [
    "nodev",
    ...(volatile ? ["volatile"] : []),
    // What would make an upper folder mean something only to the overlay that it was made in; with `userxattr` the first
    // two cannot be on. See also upper-attributes.ts.
    ...(userxattr ? ["userxattr"] : ["redirect_dir=off", "metacopy=off"]),
    "index=off",
  ];
}
