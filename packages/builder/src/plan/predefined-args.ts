// Build arguments that mean something without an ARG: proxies, BuildKit's own, and SOURCE_DATE_EPOCH.
// https://docs.docker.com/reference/dockerfile/#predefined-args
import type { Variable } from "./plan.ts";

const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"] as const;

/** Whether giving this argument is no mistake though no ARG names it. */
export function isPredefinedArg(name: string): boolean {
  if (name === "SOURCE_DATE_EPOCH" || name.startsWith("BUILDKIT_")) return true;
  return proxies.some((proxy) => name === proxy || name === proxy.toLowerCase());
}

/** The proxies given as build arguments, each under both of its names, as programs read either. */
export function proxyVariables(buildArg: (name: string) => string | undefined): Variable[] {
  return proxies.flatMap((name): Variable[] => {
    const value = buildArg(name) || buildArg(name.toLowerCase());
    return value === undefined || value === ""
      ? []
      : [[name, value] as const, [name.toLowerCase(), value] as const];
  });
}

/** BuildKit keeps two arguments of its SBOM scanners from the processes. */
export function isForRun(name: string): boolean {
  return name !== "BUILDKIT_SBOM_SCAN_CONTEXT" && name !== "BUILDKIT_SBOM_SCAN_STAGE";
}
