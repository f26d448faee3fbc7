// A table as mount(8) reads it (fstab(5)): thirty mounts by one program instead of thirty.

export interface MountEntry {
  readonly source: string;
  readonly target: string;
  /** `none` for what is bound. */
  readonly type: string;
  readonly options: readonly string[];
}

export function formatMountEntry({ source, target, type, options }: MountEntry): string {
  return [escapeField(source), escapeField(target), type, options.join(","), "0", "0"].join(" ");
}

export function formatMountTable(entries: readonly MountEntry[]): string {
  return entries.map((entry) => `${formatMountEntry(entry)}\n`).join("");
}

/** As mount(8) itself escapes what it writes. */
function escapeField(text: string): string {
  return text.replace(/[ \t\n\\]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
}
