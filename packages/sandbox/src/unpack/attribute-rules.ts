// Which extended attributes of an image are set on disk. The overlay's own attributes say what a layer hides and where a
// file comes from: one from an image would be obeyed, so it is refused. What this machine's policy decides is left out.
import type { Entry } from "@tsbuild/layer";

/** Where the overlay keeps its own: the trusted namespace needs root. */
export type OverlayFlavour = "trusted" | "user";

/** What becomes of one attribute. */
export type AttributeFate = "set" | "leave out" | "refuse";

export interface AttributeRule {
  readonly kind: Entry["kind"];
  /** Whether this process is root outside of user namespaces. */
  readonly isRoot: boolean;
}

export function attributeFate(name: string, { kind, isRoot }: AttributeRule): AttributeFate {
  if (name.startsWith("trusted.overlay.") || name.startsWith("user.overlay.")) return "refuse";
  if (name === "security.capability" || name.startsWith("system.posix_acl_")) return "set";
  if (name.startsWith("trusted.")) return isRoot ? "set" : "leave out";
  // The kernel takes these for files and folders alone.
  if (name.startsWith("user.")) return kind === "file" || kind === "directory" ? "set" : "leave out";
  return "leave out";
}

/** The attribute that makes a folder hide what lower layers have in it. */
export function opaqueAttribute(flavour: OverlayFlavour): string {
  return `${flavour}.overlay.opaque`;
}
