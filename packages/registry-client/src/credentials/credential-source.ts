// Who we are at a registry, and where that is found out.

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A refresh token of the token server (Azure, `docker login` with OAuth): exchanged, never sent to the registry. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A ready-made bearer token for the registry itself. */
  | { readonly kind: "registry-token"; readonly token: string };

/** Finds credentials when a registry asks for them. */
export interface CredentialSource {
  /**
   * @param registry as in a reference: `docker.io`, `host:port`
   * @returns `undefined`: anonymous
   * @throws RegistryError with code `CREDENTIALS` when some are configured but cannot be read
   */
  find(registry: string, repository: string): Promise<Credentials | undefined>;
}

/** No credentials for anybody. */
export const anonymous: CredentialSource = { find: async () => undefined };
