// Redirects, followed by hand because every hop is a decision: credentials stay with their origin and do
// not come back after a detour (oras-go GHSA-vh4v-2xq2-g5cg, undici CVE-2024-24758), https is never left
// for http, loops end, and no server may send us to this machine's own metadata service.
import { RegistryError } from "../registry-error.ts";
import { classifyHost, type AddressRule } from "./address-rule.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import { redactUrl } from "./printable.ts";

const maxHops = 10;
const redirects = new Set([301, 302, 303, 307, 308]);
const sensitiveHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * Sends `request` and follows redirects; the response's `url` tells where it ended.
 *
 * @param reach `same-origin` for requests whose URL or body is a secret, as a token request's is
 */
export async function followRedirects(
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpResponse>,
  reach: "anywhere" | "same-origin" = "anywhere",
): Promise<HttpResponse> {
  let current = request;
  const seen = new Set([request.url.href]);
  for (let hop = 0; ; hop += 1) {
    const response = await send(current);
    if (!redirects.has(response.status)) return response;
    const facts = { method: current.method, url: current.url, status: response.status };
    const location = response.header("location");
    await response.discard();
    const next = location === undefined ? null : URL.parse(location, current.url.href);
    if (next === null) throw refused("PROTOCOL", "its redirect has no usable Location", facts);
    next.hash = "";
    if (reach === "same-origin" && next.origin !== request.url.origin) {
      throw refused("REFUSED", `it redirects a request with credentials to ${redactUrl(next.origin)}`, facts);
    }
    if (hop >= maxHops || seen.has(next.href)) throw refused("PROTOCOL", "its redirects do not end", facts);
    seen.add(next.href);
    current = redirected(current, next, response.status, facts);
  }
}

interface Facts {
  method: string;
  url: URL;
  status: number;
}

function redirected(request: HttpRequest, next: URL, status: number, facts: Facts): HttpRequest {
  if (next.protocol !== "https:" && next.protocol !== "http:") {
    throw refused("REFUSED", `it redirects to a ${next.protocol} URL`, facts);
  }
  if (request.url.protocol === "https:" && next.protocol === "http:") {
    throw refused("REFUSED", `it redirects from https to ${redactUrl(next)}, which is not encrypted`, facts);
  }
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead && status !== 307 && status !== 308) {
    throw refused(
      "PROTOCOL",
      `it answers ${request.method} with redirect ${status}, which would lose the body`,
      facts,
    );
  }
  if (request.body !== undefined && !request.body.repeatable) {
    throw refused("PROTOCOL", "it redirects an upload whose bytes are already on their way", facts);
  }
  next.username = "";
  next.password = "";
  const isSameOrigin = next.origin === request.url.origin;
  if (isSameOrigin) return { ...request, url: next };
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !sensitiveHeaders.has(name)),
  );
  return { ...request, url: next, headers, addressRule: request.addressRule ?? redirectRule(request.url) };
}

/** A registry on a network may redirect within it, but only one on this machine may redirect to this machine. */
function redirectRule(from: URL): AddressRule {
  const isLocal = classifyHost(from.hostname) === "loopback";
  return {
    name: isLocal ? "redirect-from-loopback" : "redirect",
    allows: (kind) => kind === "public" || kind === "private" || (kind === "loopback" && isLocal),
  };
}

function refused(code: "REFUSED" | "PROTOCOL", reason: string, facts: Facts): RegistryError {
  return new RegistryError(code, `Cannot follow the answer of ${redactUrl(facts.url)}: ${reason}`, facts);
}
