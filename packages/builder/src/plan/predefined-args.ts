// Build arguments that mean something without an ARG: proxies, BuildKit's own, and SOURCE_DATE_EPOCH.
// https://docs.docker.com/reference/dockerfile/#predefined-args

const proxies = new Set(["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"]);

/** Whether giving this argument is no mistake though no ARG names it. */
export function isPredefinedArg(name: string): boolean {
  if (name === "SOURCE_DATE_EPOCH" || name.startsWith("BUILDKIT_")) return true;
  return proxies.has(name.toLowerCase()) && (name === name.toLowerCase() || name === name.toUpperCase());
}
