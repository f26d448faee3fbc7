// Lists what differs between two image configs, leaving out what may differ without anyone being able to tell.
import type { Difference } from "./difference.ts";

export interface ComparedConfig {
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  readonly author?: string;
  readonly config?: Readonly<Record<string, unknown>> | null;
}

/** Not `ArgsEscaped` (only BuildKit's), nor docker's leftovers (`Hostname`, `Image`, `AttachStdin`, …). */
const fields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "Shell",
  "Healthcheck",
  "OnBuild",
];

export function compareConfigs(buildah: ComparedConfig, tsbuild: ComparedConfig): Difference[] {
  const outer = (["architecture", "os", "variant", "author"] as const).flatMap((name) =>
    compareField(name, buildah[name], tsbuild[name]),
  );
  return [
    ...outer,
    ...fields.flatMap((name) => compareField(name, buildah.config?.[name], tsbuild.config?.[name])),
  ];
}

function compareField(name: string, theirs: unknown, ours: unknown): Difference[] {
  const [a, b] = [normalise(theirs), normalise(ours)];
  if (a === b) return [];
  return [
    {
      where: `config ${name}`,
      ...(a !== undefined && { buildah: a }),
      ...(b !== undefined && { tsbuild: b }),
    },
  ];
}

/** Absent, null, "" and empty lists and maps are one; the order of a map's keys says nothing. */
function normalise(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "" || value === 0) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : JSON.stringify(value);
  if (typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => typeof inner === "object" || normalise(inner) !== undefined || inner === "")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}
