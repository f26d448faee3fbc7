// Bearer tokens, signed with a key that lives as long as the registry.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Action, Permission } from "./registry-auth.ts";

export interface Grant {
  readonly repository: string;
  readonly actions: readonly Action[];
}

export class TokenSigner {
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  sign(grants: readonly Grant[], lifetimeMs: number): string {
    const payload = Buffer.from(JSON.stringify({ grants, untilMs: this.#now() + lifetimeMs })).toString(
      "base64url",
    );
    return `${payload}.${this.#mac(payload)}`;
  }

  /** `undefined` when the token is not ours or has expired. */
  verify(token: string): Permission | undefined {
    const [payload = "", mac = ""] = token.split(".");
    const expected = Buffer.from(this.#mac(payload));
    const given = Buffer.from(mac);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    // Signed by us, so it has the form that `sign` gave it.
    const { grants, untilMs } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as {
      grants: Grant[];
      untilMs: number;
    };
    if (this.#now() >= untilMs) return undefined;
    return {
      allows: (repository, action) =>
        grants.some((g) => g.repository === repository && g.actions.includes(action)),
    };
  }

  #mac(payload: string): string {
    return createHmac("sha256", this.#key).update(payload).digest("base64url");
  }
}

/** The grants that scopes like `repository:app:pull,push` ask for, narrowed by `isAllowed`. */
export function grantScopes(
  scopes: readonly string[],
  isAllowed: (repository: string, action: Action) => boolean,
): Grant[] {
  const grants: Grant[] = [];
  for (const scope of scopes.flatMap((text) => text.split(" "))) {
    const match = /^repository:([^:]+):([a-z,*]+)$/.exec(scope);
    const repository = match?.[1];
    if (repository === undefined) continue;
    const asked = match?.[2]?.split(",") ?? [];
    const all: readonly Action[] = ["pull", "push", "delete"];
    const actions = all.filter(
      (action) => (asked.includes(action) || asked.includes("*")) && isAllowed(repository, action),
    );
    grants.push({ repository, actions });
  }
  return grants;
}
