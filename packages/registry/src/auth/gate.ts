// The gate before the endpoints: says what the client of a request may do, or challenges it.
import type { Bytes } from "@tsbuild/store";
import { ProtocolError } from "../protocol-error.ts";
import { jsonReply, type Reply } from "../reply.ts";
import { tokenPath } from "../route.ts";
import {
  basicUser,
  everything,
  isAllowed,
  isPassword,
  type Action,
  type Permission,
  type RegistryAuth,
} from "./registry-auth.ts";
import { grantScopes, TokenSigner } from "./tokens.ts";

const defaultLifetimeSeconds = 300;
const formLimit = 64 * 1024;

interface Access {
  /** Absent for the version check: any valid credentials will do. */
  readonly repository?: string;
  readonly action: Action;
}

export class Gate {
  readonly #auth: RegistryAuth | undefined;
  readonly #url: string;
  readonly #signer = new TokenSigner(() => performance.now());

  /** @param url of the registry, for the realm */
  constructor(auth: RegistryAuth | undefined, url: string) {
    this.#auth = auth;
    this.#url = url;
  }

  /** @throws ProtocolError 401 with a challenge, or 403 */
  admit(authorization: string | undefined, access: Access): Permission {
    const auth = this.#auth;
    if (auth === undefined) return everything;
    const permission = this.#permission(auth, authorization);
    if (permission === undefined) throw this.#challenge(auth, access, "authentication required");
    const { repository, action } = access;
    if (repository === undefined || permission.allows(repository, action)) return permission;
    // A token for another scope: tell which one is needed. A user who may not is told so.
    if (auth.kind === "bearer" || authorization === undefined)
      throw this.#challenge(auth, access, "the token does not cover this");
    throw new ProtocolError(403, "DENIED", `not allowed to ${action} here`);
  }

  /** Answers a request for a token. */
  async giveToken(
    method: string,
    query: URLSearchParams,
    authorization: string | undefined,
    body: Bytes,
  ): Promise<Reply> {
    const auth = this.#auth;
    if (auth?.kind !== "bearer") throw new ProtocolError(404, "UNSUPPORTED", "there are no tokens here");
    const form = method === "POST" ? new URLSearchParams(await readForm(body)) : query;
    const user = method === "POST" ? grantUser(auth, form) : basicUser(auth, authorization);
    if (user === "wrong") throw new ProtocolError(401, "UNAUTHORIZED", "wrong credentials");
    const lifetimeSeconds = auth.tokenLifetimeSeconds ?? defaultLifetimeSeconds;
    const grants = grantScopes(form.getAll("scope"), (name, action) =>
      isAllowed(auth, user?.user, name, action),
    );
    const token = this.#signer.sign(grants, lifetimeSeconds * 1000);
    return jsonReply({ token, access_token: token, expires_in: lifetimeSeconds });
  }

  #permission(auth: RegistryAuth, authorization: string | undefined): Permission | undefined {
    if (auth.kind === "bearer") {
      const token = /^bearer (.+)$/i.exec(authorization ?? "")?.[1];
      return token === undefined ? undefined : this.#signer.verify(token);
    }
    const found = basicUser(auth, authorization);
    if (found === "wrong") return undefined;
    if (found === undefined && auth.anonymousPull !== true) return undefined;
    return { allows: (repository, action) => isAllowed(auth, found?.user, repository, action) };
  }

  #challenge(auth: RegistryAuth, access: Access, message: string): ProtocolError {
    return new ProtocolError(401, "UNAUTHORIZED", message, {
      "www-authenticate": this.#challengeHeader(auth, access),
    });
  }

  #challengeHeader(auth: RegistryAuth, { repository, action }: Access): string {
    if (auth.kind === "basic") return 'Basic realm="tsbuild registry"';
    const realm = auth.realm ?? `${this.#url}${tokenPath}`;
    const actions = action === "pull" ? "pull" : `pull,${action}`;
    const scope = repository === undefined ? "" : `,scope="repository:${repository}:${actions}"`;
    return `Bearer realm="${realm}",service="${auth.service ?? "tsbuild"}"${scope}`;
  }
}

/** The user of the OAuth grants `refresh_token` and `password`. */
function grantUser(
  auth: RegistryAuth & { kind: "bearer" },
  form: URLSearchParams,
): { user: string } | "wrong" {
  if (form.get("grant_type") === "refresh_token") {
    const token = form.get("refresh_token") ?? "";
    const user = Object.hasOwn(auth.refreshTokens ?? {}, token) ? auth.refreshTokens?.[token] : undefined;
    return user === undefined ? "wrong" : { user };
  }
  const user = form.get("username") ?? "";
  return isPassword(auth, user, form.get("password") ?? "") ? { user } : "wrong";
}

async function readForm(body: Bytes): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > formLimit) throw new ProtocolError(413, "SIZE_INVALID", "the form is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
