// Which failures of a connection may be gone the next time, and what the others mean.
import { RegistryError, type RegistryErrorFacts } from "../registry-error.ts";
import { redactUrl } from "./printable.ts";

const passingCodes = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOTFOUND",
  "RECEIVER_STALLED",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_INFO",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** All errors in the chain of causes and aggregates, outermost first. */
function* causes(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causes(inner, depth + 1);
  yield* causes(error.cause, depth + 1);
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (const cause of causes(error))
    if ("code" in cause && typeof cause.code === "string") codes.push(cause.code);
  return codes;
}

/** Whether a failed connection is worth another try. */
export function isPassingFailure(error: unknown): boolean {
  if (error instanceof RegistryError)
    return error.code === "UNREACHABLE" || error.code === "SERVER_ERROR" || error.code === "RATE_LIMITED";
  const codes = codesOf(error);
  return codes.some((code) => passingCodes.has(code)) && !codes.some(isTlsCode);
}

/** Whether a name does not exist or nobody listens: unlikely to pass, so tried less often. */
export function isLikelyTypo(error: unknown): boolean {
  return codesOf(error).some((code) => code === "ENOTFOUND" || code === "ECONNREFUSED");
}

function isTlsCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/.test(
    code,
  );
}

/** Whether the other side does not seem to speak TLS at all. */
function isNotTls(error: unknown): boolean {
  return codesOf(error).some((code) => code === "EPROTO" || code.startsWith("ERR_SSL_"));
}

/** The error for a request that got no response, perhaps from `proxy`. Errors that are already ours pass through. */
export function connectionError(
  error: unknown,
  facts: Omit<RegistryErrorFacts, "url"> & { url: URL },
  proxy?: URL,
): unknown {
  for (const cause of causes(error)) if (cause instanceof RegistryError) return cause;
  const codes = codesOf(error);
  const origin = redactUrl(facts.url.origin);
  const where = proxy === undefined ? origin : `${origin} through the proxy ${proxy.host}`;
  if (isNotTls(error)) {
    return new RegistryError(
      "TLS",
      `Cannot reach ${where}: it does not speak TLS; if it is a plain HTTP registry, pass --insecure-registry ${facts.url.host}`,
      { ...facts, cause: error },
    );
  }
  if (codes.some(isTlsCode)) {
    return new RegistryError(
      "TLS",
      `Cannot trust ${where}: ${reasonOf(error)}; add its CA (certs.d/${facts.url.host}/ca.crt) or pass --insecure-registry ${facts.url.host}`,
      { ...facts, cause: error },
    );
  }
  if (codes.length === 0) return error;
  const hint =
    proxy !== undefined
      ? `; check ${facts.url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"}, or name the registry in NO_PROXY`
      : codes.includes("ENOTFOUND")
        ? "; check the registry's name"
        : codes.includes("ECONNREFUSED")
          ? "; check that the registry is running and its port"
          : "";
  return new RegistryError("UNREACHABLE", `Cannot reach ${where}: ${reasonOf(error)}${hint}`, {
    ...facts,
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  let reason = "";
  for (const cause of causes(error)) if (cause.message !== "") reason = cause.message;
  return reason === "" ? (codesOf(error)[0] ?? "unknown failure") : reason.replace(/\s+/g, " ").trim();
}
