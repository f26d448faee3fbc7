// The package's front door: one client for one program run. It shares sockets, tokens and what it has learnt
// about each registry among all repositories.
import { parseReference, type Reference } from "@tsbuild/oci";
import type { CredentialSource } from "./credentials/credential-source.ts";
import { dockerCredentials } from "./credentials/docker-credentials.ts";
import type { Environment } from "./http/proxy.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./http/retry-policy.ts";
import { defaultCertificateFolders, readTls, type TrustOptions } from "./http/tls.ts";
import { Transport, type Timeouts } from "./http/transport.ts";
import { classifyHost } from "./http/address-rule.ts";
import { RegistryHost } from "./registry-host.ts";
import { Repository } from "./repository.ts";

export interface RegistryClientOptions {
  /** Default: {@link dockerCredentials}, with `env`. */
  readonly credentials?: CredentialSource;
  /** `host[:port]`, exactly: certificates are not verified there, and plain HTTP is used when it does not speak TLS. */
  readonly insecureRegistries?: readonly string[];
  /** Whether a registry (`host[:port]`) speaks plain HTTP. Default: localhost and loopback addresses, as for docker. */
  readonly plainHttp?: (registry: string) => boolean;
  /** PEM certificates to trust besides the system's. */
  readonly ca?: string | readonly string[];
  /** Folders with `<host[:port]>/ca.crt`. Default: docker's and podman's. */
  readonly certificateFolders?: readonly string[];
  /** For a registry, hosts of token servers that may be given its password though they are under another domain. */
  readonly trustedRealms?: Readonly<Record<string, readonly string[]>>;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<Timeouts>;
  readonly userAgent?: string;
  /** Proxies and places of credentials. Default: `process.env`. */
  readonly env?: Environment;
}

export interface RegistryClient extends AsyncDisposable {
  /** @throws OciError `REFERENCE_INVALID` when `name` is not a name; tag and digest in it are ignored */
  repository(name: Reference | string): Repository;
  /** Ends requests that are under way and closes all sockets. */
  close(): Promise<void>;
}

const defaultTimeouts: Timeouts = { connectMs: 15_000, headersMs: 90_000, idleMs: 60_000 };

/** Opens nothing yet: undici is loaded and sockets are opened at the first request. */
export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const env = options.env ?? process.env;
  const insecure = new Set(options.insecureRegistries);
  const trust: TrustOptions = {
    certificateFolders: options.certificateFolders ?? defaultCertificateFolders(env),
    env,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
  const transport = new Transport({
    env,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    userAgent: options.userAgent ?? "tsbuild",
    tlsFor: (host) => readTls(host, isInsecure(insecure, host), trust),
  });
  const credentials = options.credentials ?? dockerCredentials({ env });
  const plainHttp = options.plainHttp ?? isLoopback;
  const hosts = new Map<string, RegistryHost>();

  function host(registry: string): RegistryHost {
    let found = hosts.get(registry);
    if (found === undefined) {
      const scheme = plainHttp(registry) ? "http" : isInsecure(insecure, registry) ? "either" : "https";
      const retry = { ...defaultRetryPolicy, ...options.retry };
      const trustedRealms = options.trustedRealms?.[registry] ?? [];
      found = new RegistryHost({ registry, transport, credentials, trustedRealms, retry, scheme });
      hosts.set(registry, found);
    }
    return found;
  }

  const close = (): Promise<void> => transport[Symbol.asyncDispose]();
  return {
    repository(name) {
      // Checked again when it is an object: its parts become parts of URLs.
      const { registry, repository } =
        typeof name === "string"
          ? parseReference(name)
          : parseReference(`${name.registry}/${name.repository}`);
      return new Repository(host(registry), repository);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** `host` of a URL has no default port; the user may have written it. */
function isInsecure(insecure: ReadonlySet<string>, host: string): boolean {
  return insecure.has(host) || insecure.has(`${host}:443`);
}

function isLoopback(registry: string): boolean {
  const hostname = URL.parse(`http://${registry}`)?.hostname ?? "";
  return (
    hostname === "localhost" || (classifyHost(hostname) === "loopback" && !/^(0\.|\[::\])/.test(hostname))
  );
}
