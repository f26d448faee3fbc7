// Faults on demand: what real registries and networks do on bad days, switched on for chosen requests, so
// that a client's patience can be tested. A fault is data; `bend-reply.ts` and the server act on it.

export type Fault =
  /** This status in place of the answer; the request's body is thrown away. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is cut after so many bytes of the response's body; before its headers when -1. */
  | { readonly kind: "disconnect"; readonly afterBytes: number }
  /** The connection is cut after so many bytes of the request's body have come. */
  | { readonly kind: "disconnect-request"; readonly afterBytes: number }
  /** Silence after so many bytes of the response's body; the connection stays. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** The request's body is never read. */
  | { readonly kind: "stall-request" }
  /** The response's body in pieces with pauses between them. */
  | { readonly kind: "slow"; readonly chunkBytes: number; readonly pauseMs: number }
  /** One bit of the response's body is wrong. */
  | { readonly kind: "corrupt"; readonly offset: number }
  /** More bytes than announced follow: the body is sent chunked, with these at its end. */
  | { readonly kind: "append"; readonly bytes: Uint8Array }
  /** Only this many bytes, chunked and properly ended, as if that were all. */
  | { readonly kind: "truncate"; readonly bytes: number }
  /** Headers replaced, or removed with `undefined`: a wrong digest, a Content-Length that lies. */
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string | undefined>> }
  /** To the same path and query at another origin, or to a full URL. */
  | {
      readonly kind: "redirect";
      readonly status?: number;
      readonly origin?: string;
      readonly location?: string;
    }
  /** As if the request had no Range header. */
  | { readonly kind: "ignore-range" }
  /** The upload that the request is about is forgotten first. */
  | { readonly kind: "expire-upload" };

export interface FaultRule {
  /** Default: any. */
  readonly method?: string;
  /** Matched against path and query. Default: any. */
  readonly path?: RegExp;
  /** How many matching requests go well first. Default 0. */
  readonly skip?: number;
  /** How many matching requests then fail. Default 1. */
  readonly times?: number;
  readonly fault: Fault;
}

interface ArmedRule {
  readonly rule: FaultRule;
  seen: number;
}

/** The rules in force; the first that matches counts. */
export class Faults {
  #rules: ArmedRule[] = [];

  constructor(rules: readonly FaultRule[] = []) {
    for (const rule of rules) this.add(rule);
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault for this request, which is counted. */
  next(method: string, pathAndQuery: string): Fault | undefined {
    for (const armed of this.#rules) {
      const { rule } = armed;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path !== undefined && !rule.path.test(pathAndQuery)) continue;
      armed.seen += 1;
      const nth = armed.seen - (rule.skip ?? 0);
      if (nth >= 1 && nth <= (rule.times ?? 1)) return rule.fault;
    }
    return undefined;
  }
}
