// A status that was not expected, turned into an error that says what to do.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
import { RegistryError, type RegistryErrorCode } from "../registry-error.ts";
import { readBody, type HttpResponse } from "./message.ts";
import { howToLogIn } from "../auth/how-to-log-in.ts";
import { printable, redactUrl } from "./printable.ts";

const bodyLimit = 64 * 1024;
const textLimit = 500;

/** What was being done, for the message: "Cannot <action>: ...". */
export interface Attempt {
  readonly method: string;
  /** Verb and object, e.g. `push the manifest of host/app:1`. */
  readonly action: string;
  /** The registry as users write it. */
  readonly registry: string;
}

/**
 * Reads the error body of `response` and makes the error for it.
 *
 * @param hint why credentials may have failed; told when they did
 */
export async function responseError(
  attempt: Attempt,
  response: HttpResponse,
  hint?: string,
): Promise<RegistryError> {
  const said = await readErrors(attempt, response);
  const { code, reason } = explain(attempt, response.status, said.codes, response);
  const quoted = said.message === undefined ? "" : ` (the registry says: ${said.message})`;
  const why = hint !== undefined && (code === "UNAUTHORIZED" || code === "DENIED") ? `; ${hint}` : "";
  return new RegistryError(code, `Cannot ${attempt.action}: ${reason}${why}${quoted}`, {
    method: attempt.method,
    url: response.url,
    status: response.status,
    registryCodes: said.codes,
    ...(said.message === undefined ? {} : { registryMessage: said.message }),
  });
}

interface Said {
  codes: string[];
  message?: string;
}

async function readErrors(attempt: Attempt, response: HttpResponse): Promise<Said> {
  // A response to HEAD has no body: its status is all there is.
  if (attempt.method === "HEAD") {
    await response.discard();
    return { codes: [] };
  }
  const body = await readBody(response, bodyLimit).catch(() => undefined);
  if (body === undefined || body.length === 0) return { codes: [] };
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return errorsIn(parsed);
  } catch {
    // A proxy's HTML page: its first words are better than nothing.
    const words = body
      .toString("utf8")
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .trim();
    return words === "" ? { codes: [] } : { codes: [], message: printable(words, textLimit) };
  }
}

function errorsIn(value: unknown): Said {
  const codes: string[] = [];
  const messages: string[] = [];
  const list = isRecord(value) && Array.isArray(value["errors"]) ? (value["errors"] as unknown[]) : [value];
  for (const item of list.slice(0, 5)) {
    if (!isRecord(item)) continue;
    if (typeof item["code"] === "string") codes.push(printable(item["code"], 64));
    // GitLab and Nexus answer {"message"}, token servers {"details"} or {"error_description"}.
    const text = [item["message"], item["details"], item["error_description"]].find(
      (t) => typeof t === "string",
    );
    if (typeof text === "string" && text !== "") messages.push(text);
  }
  return messages.length === 0 ? { codes } : { codes, message: printable(messages.join("; "), textLimit) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function explain(
  { registry }: Attempt,
  status: number,
  codes: readonly string[],
  response: HttpResponse,
): { code: RegistryErrorCode; reason: string } {
  const isForeign = !sameHost(registry, response.url);
  if (isForeign && (status === 401 || status === 403)) {
    return {
      code: "PROTOCOL",
      reason: `${redactUrl(response.url.origin)}, to which ${registry} redirects, refuses with status ${status}`,
    };
  }
  if (status === 401)
    return {
      code: "UNAUTHORIZED",
      reason: `${registry} asks for credentials (status 401); ${howToLogIn(registry)}`,
    };
  if (status === 403) {
    return {
      code: "DENIED",
      reason: `${registry} does not allow it with these credentials (status 403); check the name and the rights of the account`,
    };
  }
  if (status === 404) {
    const isBlob =
      codes.includes("BLOB_UNKNOWN") || /\/(?:blobs|manifests)\/sha\d+:/.test(response.url.pathname);
    return {
      code: isBlob ? "BLOB_NOT_FOUND" : "NOT_FOUND",
      reason: `${registry} does not have it (status 404); check the name`,
    };
  }
  if (status === 413)
    return {
      code: "TOO_LARGE",
      reason: `${registry}, or a proxy before it, refuses a body this large (status 413)`,
    };
  if (status === 429)
    return {
      code: "RATE_LIMITED",
      reason: `${registry} limits the number of requests (status 429); wait, or log in for a higher limit`,
    };
  if (status >= 500 || status === 408)
    return { code: "SERVER_ERROR", reason: `${registry} fails with status ${status}` };
  if (status >= 400) return { code: "REJECTED", reason: `${registry} refuses it with status ${status}` };
  return { code: "PROTOCOL", reason: `${registry} answers with the unexpected status ${status}` };
}

function sameHost(registry: string, url: URL): boolean {
  return registry === url.host || (registry === "docker.io" && url.host.endsWith(".docker.io"));
}
