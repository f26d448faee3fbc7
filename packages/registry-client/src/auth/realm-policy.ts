// A registry names the server that gives out its tokens (the "realm"), and a hostile or hijacked registry
// names one of its own: to be given the password, or to have us send requests into our own network
// (oras-go CVE-2026-48978, go-containerregistry #2193 and #2440). This one function decides.
import { classifyHost, type AddressClass, type AddressRule } from "../http/address-rule.ts";
import { registrableDomain } from "./registrable-domain.ts";

export type RealmVerdict =
  /** Credentials may go there. */
  | { readonly kind: "trusted"; readonly addressRule: AddressRule }
  /** A token may be asked for, but without credentials. */
  | { readonly kind: "anonymous"; readonly reason: string; readonly addressRule: AddressRule }
  /** No request at all. */
  | { readonly kind: "refused"; readonly reason: string };

export interface RealmQuestion {
  /** The registry's own base URL. */
  readonly registry: URL;
  readonly realm: URL;
  /** Realm hosts (`host[:port]`) that the user trusts with this registry's password. */
  readonly trustedHosts: readonly string[];
  /** What the registry's own address is; decides about realms at private addresses. */
  readonly registryAddress: AddressClass;
}

/** Token servers that are known to belong to a registry, though not under its domain. */
const knownPairs: ReadonlyMap<string, string> = new Map([
  ["registry-1.docker.io", "auth.docker.io"],
  ["rg.fr-par.scw.cloud", "api.scaleway.com"],
  ["rg.nl-ams.scw.cloud", "api.scaleway.com"],
  ["rg.pl-waw.scw.cloud", "api.scaleway.com"],
]);

/** Whether, and with what, the realm may be asked for a token. */
export function judgeRealm(question: RealmQuestion): RealmVerdict {
  const { registry, realm } = question;
  if (realm.protocol !== "https:" && realm.protocol !== "http:")
    return refused(`its scheme is ${realm.protocol}`);
  if (realm.username !== "" || realm.password !== "") return refused("its URL contains credentials");
  if (registry.protocol === "https:" && realm.protocol === "http:") {
    return refused("it is not encrypted, though the registry is");
  }
  const isSame = isSameHost(registry, realm);
  const addressRule = isSame ? anywhere : ruleFor(question.registryAddress);
  const literal = classifyHost(realm.hostname);
  if (literal !== undefined && !addressRule.allows(literal)) {
    return refused(`it is at a ${literal} address, where the registry has no right to send us`);
  }
  if (isSame || isTrustedPair(question)) return { kind: "trusted", addressRule };
  return {
    kind: "anonymous",
    reason: `${realm.host} is not known to belong to ${registry.host}`,
    addressRule,
  };
}

function refused(reason: string): RealmVerdict {
  return { kind: "refused", reason };
}

/** Ports do not matter: who runs one port of a machine that we talk to already runs the registry's name. */
function isSameHost(registry: URL, realm: URL): boolean {
  if (registry.hostname === realm.hostname) return true;
  return classifyHost(registry.hostname) === "loopback" && classifyHost(realm.hostname) === "loopback";
}

function isTrustedPair({ registry, realm, trustedHosts }: RealmQuestion): boolean {
  if (trustedHosts.includes(realm.host)) return true;
  if (knownPairs.get(registry.host) === realm.host) return true;
  const domain = registrableDomain(registry.hostname);
  return domain !== undefined && domain === registrableDomain(realm.hostname);
}

const anywhere: AddressRule = { name: "same-host", allows: () => true };

function ruleFor(registryAddress: AddressClass): AddressRule {
  const allowed: readonly AddressClass[] = registryAddress === "public" ? ["public"] : ["public", "private"];
  return { name: `realm-of-${allowed.at(-1)}`, allows: (kind) => allowed.includes(kind) };
}
