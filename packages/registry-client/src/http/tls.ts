// What TLS trusts for one registry: the system's roots, plus the caller's CA, plus what Docker's own folder
// certs.d/<host[:port]> holds for it (ca: *.crt, client pairs: *.cert + *.key).
// https://docs.docker.com/engine/security/certificates/
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import type { Environment } from "./proxy.ts";

/** TLS options in `tls.connect`'s names; empty means Node's defaults. */
export interface TlsOptions {
  ca?: string[];
  cert?: string;
  key?: string;
  rejectUnauthorized?: boolean;
}

export interface TrustOptions {
  /** PEM certificates to trust besides the system's. */
  readonly ca?: string | readonly string[];
  /** Folders that hold one folder per `host[:port]`. */
  readonly certificateFolders: readonly string[];
  readonly env: Environment;
}

/** Where Docker and Podman keep certificates, the user's own last. */
export function defaultCertificateFolders(env: Environment): string[] {
  const home = env["HOME"] ?? homedir();
  return ["/etc/docker/certs.d", "/etc/containers/certs.d", join(home, ".config/docker/certs.d")];
}

/**
 * Reads what to trust for `host` (as in a reference: `host[:port]`). With `isInsecure` no certificate is
 * verified. A client certificate is used for this host only, never for where it redirects.
 */
export async function readTls(host: string, isInsecure: boolean, trust: TrustOptions): Promise<TlsOptions> {
  const extra = trust.ca === undefined ? [] : [trust.ca].flat();
  const found: TlsOptions = {};
  for (const folder of trust.certificateFolders) await readFolder(join(folder, host), extra, found);
  const bundle = trust.env["SSL_CERT_FILE"];
  if (bundle !== undefined && bundle !== "") extra.push(await readFile(bundle, "utf8"));
  if (extra.length > 0) found.ca = [...getCACertificates("default"), ...extra];
  if (isInsecure) found.rejectUnauthorized = false;
  // An explicit `true` keeps NODE_TLS_REJECT_UNAUTHORIZED=0 from switching verification off for everybody.
  else found.rejectUnauthorized = true;
  return found;
}

async function readFolder(folder: string, ca: string[], into: TlsOptions): Promise<void> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (name.endsWith(".crt")) ca.push(await readFile(path, "utf8"));
    if (name.endsWith(".cert") && names.includes(name.replace(/\.cert$/, ".key"))) {
      into.cert = await readFile(path, "utf8");
      into.key = await readFile(path.replace(/\.cert$/, ".key"), "utf8");
    }
  }
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EACCES")
  );
}
