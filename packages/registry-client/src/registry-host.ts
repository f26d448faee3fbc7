// One registry: where it is (https, or http where that was allowed), how we get in, and one way to ask it
// something: with retries, redirects, a token renewed once, and errors in our own words.
import { lookup } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Authorizer } from "./auth/authorizer.ts";
import type { Scope } from "./auth/scope.ts";
import type { CredentialSource } from "./credentials/credential-source.ts";
import { classifyAddress, classifyHost, type AddressClass } from "./http/address-rule.ts";
import { followRedirects } from "./http/follow-redirects.ts";
import type { HttpRequest, HttpResponse, RequestBody } from "./http/message.ts";
import { connectionError, isLikelyTypo, isPassingFailure } from "./http/passing-failure.ts";
import { responseError } from "./http/response-error.ts";
import { isPassingStatus, retryDelayMs, type RetryPolicy } from "./http/retry-policy.ts";
import type { Transport } from "./http/transport.ts";
import { RegistryError } from "./registry-error.ts";

export interface RegistryHostOptions {
  /** As in a reference: `docker.io`, `host[:port]`. */
  readonly registry: string;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly trustedRealms: readonly string[];
  readonly retry: RetryPolicy;
  /** `either`: https without verification, http when it does not speak TLS. */
  readonly scheme: "https" | "http" | "either";
}

/** One question to the registry. */
export interface Question {
  readonly method: HttpRequest["method"];
  /** Below the registry's root, e.g. `/v2/app/tags/list`, or a full URL that the registry gave. */
  readonly target: string | URL;
  readonly scopes: readonly Scope[];
  /** The statuses that are answers; everything else is an error. */
  readonly expect: readonly number[];
  /** For messages: "Cannot <action>: ...". */
  readonly action: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** 1 where a repetition could do harm. Default: the policy's. */
  readonly attempts?: number;
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

const likelyTypoAttempts = 3;

export class RegistryHost {
  readonly registry: string;
  readonly retry: RetryPolicy;
  readonly #options: RegistryHostOptions;
  #base: Promise<URL> | undefined;
  #authorizer: Authorizer | undefined;

  constructor(options: RegistryHostOptions) {
    this.#options = options;
    this.registry = options.registry;
    this.retry = options.retry;
  }

  /** Asks, and resolves with an expected status. The caller reads or discards the response. */
  async ask(question: Question): Promise<HttpResponse> {
    const base = await this.#baseUrl(question.signal);
    const url = typeof question.target === "string" ? new URL(question.target, base.href) : question.target;
    const attempt = { method: question.method, action: question.action, registry: this.registry };
    const response = await this.#retrying(question, url, () => this.#authorized(question, url, base));
    if (question.expect.includes(response.status)) return response;
    throw await responseError(attempt, response, this.#authorizer?.hint);
  }

  /** Waits before try `attempt + 1`. */
  async pause(attempt: number, signal?: AbortSignal, retryAfter?: string): Promise<void> {
    const delayMs = retryDelayMs(this.retry, attempt, retryAfter);
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }

  /** Turns a connection's failure into our error; an abort stays the signal's reason. */
  translate(error: unknown, method: string, url: URL, signal?: AbortSignal): unknown {
    if (signal?.aborted === true) return signal.reason;
    return connectionError(error, { method, url }, this.#options.transport.proxyFor(url));
  }

  async #retrying(
    {
      method,
      attempts = this.retry.attempts,
      expect,
      signal,
    }: Pick<Question, "method" | "attempts" | "expect" | "signal">,
    url: URL,
    send: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt += 1) {
      let retryAfter: string | undefined;
      try {
        const response = await send();
        const isLast = attempt >= attempts || expect.includes(response.status);
        if (isLast || !isPassingStatus(response.status)) return response;
        retryAfter = response.header("retry-after");
        await response.discard();
      } catch (error) {
        const limit = isLikelyTypo(error) ? Math.min(likelyTypoAttempts, attempts) : attempts;
        if (
          signal?.aborted === true ||
          error instanceof RegistryError ||
          attempt >= limit ||
          !isPassingFailure(error)
        ) {
          throw this.translate(error, method, url, signal);
        }
      }
      await this.pause(attempt, signal, retryAfter);
    }
  }

  async #authorized(question: Question, url: URL, base: URL): Promise<HttpResponse> {
    // A URL elsewhere (an upload's Location on another host) gets no credentials of this registry.
    const isOurs = url.origin === base.origin;
    const authorizer = this.#authorize(base);
    const header = isOurs
      ? await unlessAborted(authorizer.header(question.scopes), question.signal)
      : undefined;
    const response = await this.#follow(question, url, header);
    if (response.status !== 401 || response.url.origin !== base.origin || !isOurs) return response;
    const challenge = response.header("www-authenticate");
    if (challenge === undefined || (question.body !== undefined && !question.body.repeatable))
      return response;
    const answering = authorizer.answer(challenge, question.scopes, header);
    const next = await unlessAborted(answering, question.signal).catch(async (error: unknown) => {
      await response.discard();
      throw error;
    });
    if (next === undefined) return response;
    await response.discard();
    return this.#follow(question, url, next);
  }

  async #follow(question: Question, url: URL, authorization: string | undefined): Promise<HttpResponse> {
    const { method, headers, body, headersTimeoutMs, signal } = question;
    const request: HttpRequest = {
      method,
      url,
      headers: authorization === undefined ? { ...headers } : { ...headers, authorization },
      ...(body === undefined ? {} : { body }),
      ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    };
    return followRedirects(request, (hop) => this.#options.transport.send(hop));
  }

  #authorize(baseUrl: URL): Authorizer {
    this.#authorizer ??= new Authorizer({
      registry: this.registry,
      baseUrl,
      credentials: this.#options.credentials,
      trustedRealms: this.#options.trustedRealms,
      registryAddress: () => addressClassOf(baseUrl.hostname),
      send: (request) => this.#askTokenServer(request),
      now: () => performance.now(),
    });
    return this.#authorizer;
  }

  async #askTokenServer(request: HttpRequest): Promise<HttpResponse> {
    const expect = [200, 401, 403];
    const send = (): Promise<HttpResponse> =>
      followRedirects(request, (hop) => this.#options.transport.send(hop), "same-origin");
    const response = await this.#retrying({ method: request.method, expect }, request.url, send);
    if (expect.includes(response.status)) return response;
    throw await responseError(
      { method: request.method, action: `log in to ${this.registry}`, registry: this.registry },
      response,
    );
  }

  /** A failed probe is forgotten, so that the next request probes again. */
  async #baseUrl(signal?: AbortSignal): Promise<URL> {
    if (this.#base === undefined) {
      const probing = this.#probe();
      this.#base = probing;
      probing.catch(() => {
        this.#base = undefined;
      });
    }
    return unlessAborted(this.#base, signal);
  }

  async #probe(): Promise<URL> {
    const { scheme, transport } = this.#options;
    const host = this.registry === "docker.io" ? "registry-1.docker.io" : this.registry;
    if (scheme !== "either") return new URL(`${scheme}://${host}/`);
    const https = new URL(`https://${host}/`);
    try {
      const response = await transport.send({ method: "GET", url: new URL("/v2/", https.href), headers: {} });
      await response.discard();
      return https;
    } catch {
      // Whatever failed: if http fails too, the request that follows says why.
      return new URL(`http://${host}/`);
    }
  }
}

async function addressClassOf(hostname: string): Promise<AddressClass> {
  const literal = classifyHost(hostname);
  if (literal !== undefined) return literal;
  // Behind a proxy names may not resolve here; "public" is the class with the fewest rights.
  const addresses = await lookup(hostname, { all: true }).catch(() => []);
  const isPrivate =
    addresses.length > 0 && addresses.every(({ address }) => classifyAddress(address) !== "public");
  return isPrivate ? "private" : "public";
}

/** Waits for work that is shared with others: an abort ends the waiting, not the work. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) work.catch(() => {}); // nobody waits for it any more
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
