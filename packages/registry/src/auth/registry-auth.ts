// Who may do what: nobody asked, a user and password on each request, or tokens from the registry's own
// token endpoint. https://distribution.github.io/distribution/spec/auth/token/
import { createHash, timingSafeEqual } from "node:crypto";

export type Action = "pull" | "push" | "delete";

export interface Users {
  /** User names and passwords. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether everybody may pull. Default: no. */
  readonly anonymousPull?: boolean;
  /** Narrows what a user (`undefined`: anonymous) may do in a repository. Default: users everything. */
  readonly allow?: (user: string | undefined, repository: string, action: Action) => boolean;
}

export type RegistryAuth =
  | ({ readonly kind: "basic" } & Users)
  | ({
      readonly kind: "bearer";
      /** Default 300. Fractions are allowed, for tests. */
      readonly tokenLifetimeSeconds?: number;
      /** Where tokens are had. Default: this registry's own `/token`. */
      readonly realm?: string;
      readonly service?: string;
      /** Refresh tokens and whose they are, for the POST grant. */
      readonly refreshTokens?: Readonly<Record<string, string>>;
    } & Users);

/** What the client of one request may do. */
export interface Permission {
  allows(repository: string, action: Action): boolean;
}

export const everything: Permission = { allows: () => true };

/** Whether the rules give a user an action. */
export function isAllowed(
  rules: Users,
  user: string | undefined,
  repository: string,
  action: Action,
): boolean {
  if (user === undefined && !(rules.anonymousPull === true && action === "pull")) return false;
  return rules.allow?.(user, repository, action) ?? true;
}

/** The user of a Basic Authorization header: `undefined` without one, `"wrong"` when the password is. */
export function basicUser(rules: Users, header: string | undefined): { user: string } | undefined | "wrong" {
  const encoded = /^basic (.+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const user = pair.slice(0, Math.max(0, colon));
  return isPassword(rules, user, pair.slice(colon + 1)) ? { user } : "wrong";
}

/** Compares in constant time. */
export function isPassword(rules: Users, user: string, password: string): boolean {
  const expected = Object.hasOwn(rules.users, user) ? rules.users[user] : undefined;
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(password), hash(expected ?? "")) && expected !== undefined;
}
