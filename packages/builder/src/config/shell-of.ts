// What runs the commands of shell form.
import type { RuntimeConfig } from "@tsbuild/oci";

const defaultShell = ["/bin/sh", "-c"];

/** The words in front of the command's text: SHELL's, or `/bin/sh -c`. */
export function shellOf({ Shell }: RuntimeConfig): readonly string[] {
  return Shell === undefined || Shell.length === 0 ? defaultShell : Shell;
}
