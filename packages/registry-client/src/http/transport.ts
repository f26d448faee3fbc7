// One hop of HTTP/1.1 over undici: pools of sockets that stay alive, proxies, time-outs, and a watch on
// uploads whose receiver stops reading. No redirect, no retry, no credentials: those live above.
import type { Dispatcher } from "undici";
import { addressRefused, classifyHost, guardedLookup, type AddressRule } from "./address-rule.ts";
import type { HttpRequest, HttpResponse } from "./message.ts";
import { findProxy, type Environment } from "./proxy.ts";
import { responseFrom } from "./response.ts";
import type { TlsOptions } from "./tls.ts";
import { watchReceiver } from "./watch-receiver.ts";

type Undici = typeof import("undici");

export interface Timeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Longest silence inside a body, in either direction. */
  readonly idleMs: number;
}

export interface TransportOptions {
  readonly env: Environment;
  readonly timeouts: Timeouts;
  readonly userAgent: string;
  /** TLS options of an origin's `host[:port]`. */
  tlsFor(host: string): Promise<TlsOptions>;
}

const socketsPerOrigin = 16;

/** Sends single requests. Rejects with undici's or the socket's own errors; the caller translates. */
export class Transport implements AsyncDisposable {
  readonly #options: TransportOptions;
  readonly #pools = new Map<string, Promise<Dispatcher>>();
  #undici: Promise<Undici> | undefined;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    request.signal?.throwIfAborted();
    const { timeouts } = this.#options;
    const pool = await this.#pool(request.url, request.addressRule);
    const stalled = new AbortController();
    const signal =
      request.signal === undefined ? stalled.signal : AbortSignal.any([request.signal, stalled.signal]);
    const body = request.body?.open();
    const headers: Record<string, string> = { "user-agent": this.#options.userAgent, ...request.headers };
    if (request.body?.size !== undefined) headers["content-length"] = String(request.body.size);
    else if (request.method === "POST" || request.method === "PUT") headers["content-length"] ??= "0";
    if (body !== undefined && request.body?.size === undefined) delete headers["content-length"];
    const response = await pool.request({
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers,
      // undici's types leave async iterables out; its documentation and code have them.
      body: (body === undefined || body instanceof Uint8Array
        ? body
        : watchReceiver(body, timeouts.idleMs, stalled)) as Uint8Array | undefined,
      signal,
      headersTimeout: request.headersTimeoutMs ?? timeouts.headersMs,
      bodyTimeout: timeouts.idleMs,
      highWaterMark: 1 << 20,
    });
    return responseFrom(response, request.url, request.signal);
  }

  /** The proxy that requests to `url` go through. */
  proxyFor(url: URL): URL | undefined {
    return findProxy(url, this.#options.env);
  }

  #pool(url: URL, rule: AddressRule | undefined): Promise<Dispatcher> {
    if (this.#isClosed) throw new TypeError("Cannot send a request: the registry client is closed");
    const key = `${url.origin} ${rule?.name ?? ""}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = this.#open(url, rule);
      this.#pools.set(key, pool);
      pool.catch(() => this.#pools.delete(key));
    }
    return pool;
  }

  async #open(url: URL, rule: AddressRule | undefined): Promise<Dispatcher> {
    const { env, timeouts } = this.#options;
    this.#undici ??= import("undici");
    const { Pool, ProxyAgent } = await this.#undici;
    const tls = url.protocol === "https:" ? await this.#options.tlsFor(url.host) : {};
    // An address literal never reaches the look-up hook.
    const literal = classifyHost(url.hostname);
    if (rule !== undefined && literal !== undefined && !rule.allows(literal))
      throw addressRefused(url.hostname, literal);
    const shared = {
      allowH2: false,
      connections: socketsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: 15_000,
      connectTimeout: timeouts.connectMs,
    };
    const proxy = findProxy(url, env);
    if (proxy !== undefined) {
      return new ProxyAgent({
        ...shared,
        ...proxyAuthority(proxy),
        requestTls: { ...tls, timeout: timeouts.connectMs },
      });
    }
    const lookup = rule === undefined ? {} : { lookup: guardedLookup(rule) };
    // `host` and `port` are undici's to fill in, whatever the types of `net.connect` ask for.
    return new Pool(url.origin, {
      ...shared,
      connect: { ...tls, ...lookup, timeout: timeouts.connectMs } as object,
    });
  }

  /** Ends all requests and closes all sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const pools = await Promise.allSettled(this.#pools.values());
    this.#pools.clear();
    await Promise.all(
      pools.map(async (pool) => (pool.status === "fulfilled" ? pool.value.destroy() : undefined)),
    );
  }
}

function proxyAuthority(proxy: URL): { uri: string; token?: string } {
  const uri = `${proxy.protocol}//${proxy.host}`;
  if (proxy.username === "") return { uri };
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { uri, token: `Basic ${Buffer.from(pair).toString("base64")}` };
}
