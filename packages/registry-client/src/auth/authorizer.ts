// How we get in at one registry: what it challenged us with, who we are there, and the tokens for each scope,
// each fetched once for all requests that wait for it and renewed before it ends on a monotonic clock.
import { howToLogIn } from "./how-to-log-in.ts";
import type { AddressClass } from "../http/address-rule.ts";
import type { CredentialSource, Credentials } from "../credentials/credential-source.ts";
import type { HttpRequest } from "../http/message.ts";
import type { HttpResponse } from "../http/message.ts";
import { redactUrl } from "../http/printable.ts";
import { RegistryError } from "../registry-error.ts";
import { parseChallenges, type Challenge } from "./challenge.ts";
import { judgeRealm } from "./realm-policy.ts";
import { mergeScopes, scopeKey, type Scope } from "./scope.ts";
import { basic, readToken, tokenRequest, type Token } from "./token-request.ts";

export interface AuthorizerOptions {
  /** As in a reference. */
  readonly registry: string;
  readonly baseUrl: URL;
  readonly credentials: CredentialSource;
  readonly trustedRealms: readonly string[];
  /** The class of the registry's own address. */
  registryAddress(): Promise<AddressClass>;
  /** Sends a request to the token server, with retries; resolves with status 200, 401 or 403 only. */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
}

interface CachedToken {
  readonly header: string;
  readonly renewAtMs: number;
}

/** Answers challenges of one registry. Requests ask for `header` first and report a 401 to `answer`. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, Promise<CachedToken>>();
  #challenge: Challenge | undefined;
  /** Why a password was kept back, to be told when the registry then refuses. */
  #withheld: string | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** A sentence for the error when the registry still refuses, or `undefined`. */
  get hint(): string | undefined {
    return this.#withheld;
  }

  /** The Authorization header for a request; `undefined` while the registry has asked for none. */
  async header(scopes: readonly Scope[]): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const credentials = await this.#find(scopes);
    if (credentials?.kind === "registry-token") return `Bearer ${credentials.token}`;
    if (challenge.scheme === "basic") {
      return credentials?.kind === "password" ? basic(credentials.username, credentials.password) : undefined;
    }
    return (await this.#token(scopes, challenge, credentials)).header;
  }

  /**
   * Takes in the challenge of a 401.
   *
   * @param used the header that the registry has refused; a token in it is forgotten
   * @returns the header to try next; `undefined` when there is nothing better
   */
  async answer(
    challengeHeader: string | undefined,
    scopes: readonly Scope[],
    used: string | undefined,
  ): Promise<string | undefined> {
    this.#challenge = this.#choose(challengeHeader);
    const key = scopeKey(scopes);
    const cached = await this.#tokens.get(key)?.catch(() => undefined);
    if (used !== undefined && cached?.header === used) this.#tokens.delete(key);
    const next = await this.header(scopes);
    return next === used ? undefined : next;
  }

  #choose(header: string | undefined): Challenge {
    const challenges = parseChallenges(header ?? "");
    const chosen =
      challenges.find((c) => c.scheme === "bearer" && c.parameters.has("realm")) ??
      challenges.find((c) => c.scheme === "basic");
    if (chosen !== undefined) return chosen;
    const offered = challenges.map((c) => c.scheme).join(", ");
    throw new RegistryError(
      "PROTOCOL",
      `Cannot log in to ${this.#options.registry}: it asks for ${offered === "" ? "credentials without saying how" : offered}, only Basic and Bearer are known`,
      { url: this.#options.baseUrl, status: 401 },
    );
  }

  async #find(scopes: readonly Scope[]): Promise<Credentials | undefined> {
    return this.#options.credentials.find(this.#options.registry, scopes[0]?.repository ?? "");
  }

  async #token(
    scopes: readonly Scope[],
    challenge: Challenge,
    credentials: Credentials | undefined,
  ): Promise<CachedToken> {
    const key = scopeKey(scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const token = await known;
      if (this.#options.now() < token.renewAtMs) return token;
      if (this.#tokens.get(key) === known) this.#tokens.delete(key);
    }
    // Others may have begun to fetch while we waited.
    let fetching = this.#tokens.get(key);
    if (fetching === undefined) {
      fetching = this.#fetch(scopes, challenge, credentials);
      this.#tokens.set(key, fetching);
      const mine = fetching;
      mine.catch(() => {
        if (this.#tokens.get(key) === mine) this.#tokens.delete(key);
      });
    }
    return fetching;
  }

  async #fetch(
    scopes: readonly Scope[],
    challenge: Challenge,
    credentials: Credentials | undefined,
  ): Promise<CachedToken> {
    const { registry, baseUrl, trustedRealms } = this.#options;
    const realm = URL.parse(challenge.parameters.get("realm") ?? "");
    const verdict =
      realm === null
        ? ({ kind: "refused", reason: "it is not a URL" } as const)
        : judgeRealm({
            registry: baseUrl,
            realm,
            trustedHosts: trustedRealms,
            registryAddress: await this.#options.registryAddress(),
          });
    if (realm === null || verdict.kind === "refused") {
      const name = realm === null ? "it names" : redactUrl(realm);
      const reason = verdict.kind === "refused" ? verdict.reason : "";
      throw new RegistryError(
        "REFUSED",
        `Cannot log in to ${registry}: the token server ${name} is refused: ${reason}`,
        {
          url: baseUrl,
          status: 401,
        },
      );
    }
    if (verdict.kind === "anonymous" && credentials !== undefined) {
      this.#withheld = `the credentials were not sent to its token server, because ${verdict.reason}; trust it with trustedRealms`;
    }
    const question = {
      realm,
      addressRule: verdict.addressRule,
      service: challenge.parameters.get("service"),
      scopes: mergeScopes(scopes, challenge.parameters.get("scope")),
      credentials: verdict.kind === "trusted" ? credentials : undefined,
    };
    const response = await this.#options.send(tokenRequest(question));
    if (response.status !== 200) throw await this.#refusal(response, question.credentials !== undefined);
    const token = await readToken(response, registry);
    return { header: `Bearer ${token.value}`, renewAtMs: this.#options.now() + usableMs(token) };
  }

  async #refusal(response: HttpResponse, hadCredentials: boolean): Promise<RegistryError> {
    await response.discard();
    const { registry } = this.#options;
    const reason = hadCredentials
      ? `its token server does not accept the stored credentials (status ${response.status}); ${howToLogIn(registry)}`
      : `it asks for credentials (status ${response.status}); ${howToLogIn(registry)}`;
    const hint = this.#withheld === undefined ? "" : ` (${this.#withheld})`;
    return new RegistryError("UNAUTHORIZED", `Cannot log in to ${registry}: ${reason}${hint}`, {
      url: response.url,
      status: response.status,
    });
  }
}

/** How long a token is used: not to its last moment, because the request must still arrive. */
function usableMs(token: Token): number {
  return token.lifetimeMs - Math.min(10_000, token.lifetimeMs / 5);
}
