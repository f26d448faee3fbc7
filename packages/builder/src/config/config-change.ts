// ENV, LABEL, CMD, USER … as data: each instruction that only touches the config is a list of changes, and an
// image's config is the base's with all of them applied in order.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
import type { RuntimeConfig } from "@tsbuild/oci";

export type ConfigChange =
  | { readonly kind: "env"; readonly key: string; readonly value: string }
  | { readonly kind: "label"; readonly key: string; readonly value: string }
  | { readonly kind: "cmd"; readonly args: readonly string[] }
  /** `keepCmd`: a CMD of this same stage came before, and survives. */
  | { readonly kind: "entrypoint"; readonly args: readonly string[]; readonly keepCmd: boolean }
  | { readonly kind: "user"; readonly user: string }
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "expose"; readonly ports: readonly string[] }
  | { readonly kind: "volume"; readonly paths: readonly string[] }
  | { readonly kind: "stopsignal"; readonly signal: string }
  | { readonly kind: "shell"; readonly args: readonly string[] }
  | { readonly kind: "healthcheck"; readonly healthcheck: NonNullable<RuntimeConfig["Healthcheck"]> }
  | { readonly kind: "onbuild"; readonly trigger: string };

/** The config with one change applied; the input is not touched and unknown fields survive. */
export function applyConfigChange(config: RuntimeConfig, change: ConfigChange): RuntimeConfig {
  switch (change.kind) {
    case "env":
      return { ...config, Env: withVariable(config.Env ?? [], change.key, change.value) };
    case "label":
      return { ...config, Labels: { ...config.Labels, [change.key]: change.value } };
    case "cmd":
      return withCmd(config, change.args);
    case "entrypoint":
      return withEntrypoint(config, change.args, change.keepCmd);
    case "user":
      return { ...config, User: change.user };
    case "workdir":
      return { ...config, WorkingDir: change.path };
    case "expose":
      return { ...config, ExposedPorts: withKeys(config.ExposedPorts, change.ports) };
    case "volume":
      return { ...config, Volumes: withKeys(config.Volumes, change.paths) };
    case "stopsignal":
      return { ...config, StopSignal: change.signal };
    case "shell":
      return { ...config, Shell: [...change.args] };
    case "healthcheck":
      return { ...config, Healthcheck: change.healthcheck };
    case "onbuild":
      return { ...config, OnBuild: [...(config.OnBuild ?? []), change.trigger] };
  }
}

/** `KEY=value` list with one variable set: in place when it is there, at the end otherwise. */
function withVariable(env: readonly string[], key: string, value: string): string[] {
  const pair = `${key}=${value}`;
  const index = env.findIndex((line) => line.startsWith(`${key}=`) || line === key);
  return index < 0 ? [...env, pair] : env.with(index, pair);
}

/** Go's `map[string]struct{}` as JSON. */
type KeySet = Record<string, Record<string, never>>;

/** `CMD []` takes an inherited CMD away, and an empty list is not written. */
function withCmd(config: RuntimeConfig, args: readonly string[]): RuntimeConfig {
  const next: RuntimeConfig = { ...config, Cmd: [...args], ArgsEscaped: true };
  if (args.length === 0) delete next.Cmd;
  return next;
}

/** ENTRYPOINT drops a CMD that was inherited: BuildKit keeps only one that this stage has set. */
function withEntrypoint(config: RuntimeConfig, args: readonly string[], keepCmd: boolean): RuntimeConfig {
  const next: RuntimeConfig = { ...config, Entrypoint: [...args] };
  if (args.length === 0) delete next.Entrypoint;
  if (!keepCmd) delete next.Cmd;
  return next;
}

function withKeys(set: KeySet | undefined | null, keys: readonly string[]): KeySet {
  const all = new Set([...Object.keys(set ?? {}), ...keys]);
  return Object.fromEntries([...all].sort().map((key) => [key, {}]));
}
