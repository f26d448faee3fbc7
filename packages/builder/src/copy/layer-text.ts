// Layers as lines of text, for tests: what a copy gave can be read beside the literals that it was made from.
import type { Entry, EntryTable } from "@tsbuild/layer";
import { RootFs, layerOf, type LayerLiteral } from "@tsbuild/rootfs";
import { planCopy, type CopyPlan, type CopyRequest } from "./plan-copy.ts";

/** A root filesystem of these layers, the lowest first. */
export function rootOf(...layers: LayerLiteral[]): RootFs {
  return layers.reduce((root, layer) => root.withLayer(layerOf(layer)), RootFs.empty);
}

/**
 * A line for each change: the path (folders with a slash at the end), then the text of a file, the target of a link, or
 * what it is, and all that is not 0755 (folders), 0644 (others), 0:0 or time 0.
 */
export function layerText(table: EntryTable): string[] {
  return [...table.changes()].map((change) =>
    change.kind === "put" ? entryText(change.entry) : `${change.path} (${change.kind})`,
  );
}

function entryText(entry: Entry): string {
  const words = [entry.kind === "directory" ? `${entry.path}/` : entry.path, kindText(entry)];
  const usual = entry.kind === "directory" ? 0o755 : entry.kind === "symlink" ? 0o777 : 0o644;
  if (entry.mode !== usual) words.push(entry.mode.toString(8).padStart(4, "0"));
  if (entry.uid !== 0 || entry.gid !== 0) words.push(`${entry.uid}:${entry.gid}`);
  if (entry.mtimeSec !== 0 || entry.mtimeNsec !== 0) {
    words.push(`@${entry.mtimeSec}${entry.mtimeNsec === 0 ? "" : `.${entry.mtimeNsec}`}`);
  }
  for (const [name, value] of entry.xattrs ?? []) words.push(`${name}=${Buffer.from(value).toString()}`);
  return words.filter((word) => word !== "").join(" ");
}

function kindText(entry: Entry): string {
  switch (entry.kind) {
    case "file":
      return `"${entry.content.kind === "bytes" ? Buffer.from(entry.content.bytes).toString() : entry.content.kind}"`;
    case "symlink":
      return `-> ${entry.target}`;
    case "hardlink":
      return `=> ${entry.target}`;
    case "device":
      return `${entry.type} ${entry.major},${entry.minor}`;
    case "fifo":
      return "fifo";
    case "directory":
    default:
      return "";
  }
}

/** The time of everything that a plan makes by itself, in tests. */
export const createdMtimeSec = 1000;

/** Plans `COPY ...patterns destination` from the build context, unless told otherwise. */
export function copy(
  source: CopyRequest["source"],
  target: RootFs,
  patterns: readonly string[],
  destination: string,
  options: Partial<CopyRequest> = {},
): CopyPlan {
  const request = { source, target, patterns, destination, workdir: "/", isContext: true, createdMtimeSec };
  return planCopy({ ...request, ...options });
}

/** The layer that `copy` gives, as text. */
export function copied(...args: Parameters<typeof copy>): string[] {
  return layerText(copy(...args).changes);
}
