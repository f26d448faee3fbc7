// The variables that FROM lines see: the platform arguments that every build has, and the ARGs before the first
// FROM. A stage sees them only after naming them in an ARG of its own.
// https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
import type { Dockerfile, Span } from "@tsbuild/dockerfile";
import { formatPlatform, type Platform } from "@tsbuild/oci";
import { expand, openScope, type VariableScope } from "./variable-scope.ts";

export interface GlobalScope {
  readonly scope: VariableScope;
  /** The names that have a value here, as defaults for an ARG without one. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** `wrap` turns a failed expansion into an error that names the place. */
export function globalScope(
  dockerfile: Dockerfile,
  o: {
    readonly platform: Platform;
    readonly buildPlatform: Platform;
    readonly targetName: string;
    readonly buildArgs: ReadonlyMap<string, string>;
    readonly wrap: <T>(span: Span, work: () => T) => T;
  },
): GlobalScope {
  const escape = dockerfile.directives.escape;
  const values = new Map(platformArgs(o.platform, o.buildPlatform, o.targetName));
  for (const name of values.keys()) {
    const given = o.buildArgs.get(name);
    if (given !== undefined) values.set(name, given);
  }
  let scope: VariableScope = { ...openScope([], escape), values };
  for (const instruction of dockerfile.globalArgs) {
    for (const arg of instruction.args) {
      const name = arg.name.text;
      const fallback = arg.value;
      const value =
        o.buildArgs.get(name) ??
        (fallback === undefined ? undefined : o.wrap(fallback.span, () => expand(scope, fallback.text)));
      if (value !== undefined) scope = { ...scope, values: new Map(scope.values).set(name, value) };
    }
  }
  return { scope, defaults: scope.values };
}

function platformArgs(target: Platform, build: Platform, targetName: string): [string, string][] {
  const describe = (prefix: string, platform: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
  return [
    ...describe("BUILD", build),
    ...describe("TARGET", target),
    ["TARGETSTAGE", targetName || "default"],
  ];
}
