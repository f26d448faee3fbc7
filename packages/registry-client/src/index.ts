// The distribution protocol: a repository on a registry as one more place to copy from and to.
export { createRegistryClient } from "./client.ts";
export type { RegistryClient, RegistryClientOptions } from "./client.ts";
export { anonymous } from "./credentials/credential-source.ts";
export type { Credentials, CredentialSource } from "./credentials/credential-source.ts";
export { dockerCredentials } from "./credentials/docker-credentials.ts";
export type { Environment } from "./http/proxy.ts";
export type { RetryPolicy } from "./http/retry-policy.ts";
export type { Timeouts } from "./http/transport.ts";
export type { UploadBytes } from "./push/source.ts";
export { RegistryError } from "./registry-error.ts";
export type { RegistryErrorCode } from "./registry-error.ts";
export { Repository } from "./repository.ts";
