// The one error of this package. Its code is what callers switch on; its facts are safe to print: the
// URL carries no password and no query (pre-signed URLs are secrets), the registry's own words are capped
// and without control characters.
import { printable, redactUrl } from "./http/printable.ts";

/**
 * Why a registry could not do what was asked:
 * - `UNAUTHORIZED`, `DENIED`: no, or not enough, credentials; `CREDENTIALS`: those configured cannot be read
 * - `NOT_FOUND`, `BLOB_NOT_FOUND`: no such repository, tag or manifest; no such blob
 * - `RATE_LIMITED`, `UNREACHABLE`, `SERVER_ERROR`: still so after the retries
 * - `TLS`: the certificate is not trusted, or the registry does not speak TLS
 * - `PROTOCOL`: an answer that makes no sense; `REJECTED`: the registry refused what was sent
 * - `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `TOO_LARGE`: bytes are not what was asked for
 * - `REFUSED`: we refuse, because the registry led us where credentials or requests must not go
 */
export type RegistryErrorCode =
  | "UNAUTHORIZED"
  | "DENIED"
  | "CREDENTIALS"
  | "NOT_FOUND"
  | "BLOB_NOT_FOUND"
  | "RATE_LIMITED"
  | "UNREACHABLE"
  | "SERVER_ERROR"
  | "TLS"
  | "PROTOCOL"
  | "REJECTED"
  | "DIGEST_MISMATCH"
  | "SIZE_MISMATCH"
  | "TOO_LARGE"
  | "REFUSED";

/** What is known about the request that failed. */
export interface RegistryErrorFacts {
  readonly method?: string;
  /** Without credentials and without the query. */
  readonly url?: string;
  readonly status?: number;
  /** Codes of the distribution specification that the registry sent, e.g. `MANIFEST_UNKNOWN`. */
  readonly registryCodes?: readonly string[];
  /** The registry's own text, at most 500 characters, printable. */
  readonly registryMessage?: string;
}

/** Thrown by everything in this package that talks to a registry or reads credentials. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly code: RegistryErrorCode;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly registryCodes: readonly string[];
  readonly registryMessage: string | undefined;

  constructor(
    code: RegistryErrorCode,
    message: string,
    facts: Omit<RegistryErrorFacts, "url"> & { url?: URL | string; cause?: unknown } = {},
  ) {
    super(printable(message, 2000), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.method = facts.method;
    this.url = facts.url === undefined ? undefined : redactUrl(facts.url);
    this.status = facts.status;
    this.registryCodes = facts.registryCodes ?? [];
    this.registryMessage = facts.registryMessage;
  }
}
