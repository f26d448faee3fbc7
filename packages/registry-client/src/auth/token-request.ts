// One conversation with a token server: GET with the password, or the POST grant for a refresh token.
// https://distribution.github.io/distribution/spec/auth/token/ and .../oauth/
import type { AddressRule } from "../http/address-rule.ts";
import { bodyOf, readBody, type HttpRequest, type HttpResponse } from "../http/message.ts";
import { redactUrl } from "../http/printable.ts";
import { RegistryError } from "../registry-error.ts";
import type { Credentials } from "../credentials/credential-source.ts";

const bodyLimit = 1024 * 1024;
/** What the specification says when a server names no lifetime. */
const defaultLifetimeMs = 60_000;
const longestLifetimeMs = 24 * 3600 * 1000;

export interface TokenQuestion {
  readonly realm: URL;
  readonly addressRule: AddressRule;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** Absent: an anonymous token. */
  readonly credentials: Credentials | undefined;
}

export interface Token {
  readonly value: string;
  /** From the moment of the answer; a span, because the two clocks need not agree. */
  readonly lifetimeMs: number;
}

/** The request that asks for the token. */
export function tokenRequest(question: TokenQuestion): HttpRequest {
  const { realm, addressRule, service, scopes, credentials } = question;
  if (credentials?.kind === "identity-token") {
    const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "tsbuild" });
    if (service !== undefined) form.set("service", service);
    form.set("scope", scopes.join(" "));
    form.set("refresh_token", credentials.token);
    const headers = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
    return { method: "POST", url: realm, headers, addressRule, body: bodyOf(Buffer.from(form.toString())) };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> = { accept: "application/json" };
  if (credentials?.kind === "password") {
    url.searchParams.set("account", credentials.username);
    headers["authorization"] = basic(credentials.username, credentials.password);
  }
  return { method: "GET", url, headers, addressRule };
}

/** Reads the answer of status 200. */
export async function readToken(response: HttpResponse, registry: string): Promise<Token> {
  const where = redactUrl(response.url);
  const nonsense = (reason: string): RegistryError =>
    new RegistryError("PROTOCOL", `Cannot log in to ${registry}: the token server ${where} ${reason}`, {
      method: "GET",
      url: response.url,
      status: response.status,
    });
  const body = await readBody(response, bodyLimit);
  if (body === undefined) throw nonsense("answers with more than 1 MiB");
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString("utf8"));
  } catch {
    throw nonsense("does not answer with JSON");
  }
  if (typeof answer !== "object" || answer === null) throw nonsense("does not answer with an object");
  const { token, access_token: accessToken, expires_in: expiresIn } = answer as Record<string, unknown>;
  const value = typeof token === "string" && token !== "" ? token : accessToken;
  // The token goes into a header: nothing that could end one may be in it.
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) throw nonsense("gives no usable token");
  const seconds = typeof expiresIn === "number" && expiresIn > 0 ? expiresIn * 1000 : defaultLifetimeMs;
  return { value, lifetimeMs: Math.min(seconds, longestLifetimeMs) };
}

/** The value of an Authorization header for a user name and password. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
