// Server-side request forgery stops here: a server may name a host (a token realm, a redirect), but the
// address that the name resolves to decides whether we connect. The check sits in the socket's look-up, so
// a name that answers differently the second time (DNS rebinding) gains nothing (go-containerregistry #2440).
import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { RegistryError } from "../registry-error.ts";

/** How near an address is: the higher, the less a stranger has a right to send us there. */
export type AddressClass = "public" | "private" | "loopback" | "link-local";

/** Says whether a socket to `host` may use an address of this class. */
export interface AddressRule {
  /** Distinguishes connection pools: sockets are shared only under the same rule. */
  readonly name: string;
  allows(kind: AddressClass): boolean;
}

const linkLocal = blockList(
  ["169.254.0.0", 16],
  // Metadata services that clouds put on addresses which are not link-local.
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
  ["168.63.129.16", 32],
  ["fd00:ec2::254", 128],
  ["fe80::", 10],
);
const loopback = blockList(["127.0.0.0", 8], ["0.0.0.0", 8], ["::1", 128], ["::", 128]);
const privateNet = blockList(
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["192.0.0.0", 24],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["fc00::", 7],
  ["fec0::", 10],
  ["ff00::", 8],
);

function blockList(...subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, familyOf(address));
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** The class of an IP address literal (without brackets). IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as that IPv4. */
export function classifyAddress(address: string): AddressClass {
  const bare = address.replace(/%.*$/, "");
  const inner = isIP(bare) === 6 ? embeddedIpv4(bare) : undefined;
  const text = inner ?? bare;
  const family = familyOf(text);
  if (linkLocal.check(text, family)) return "link-local";
  if (loopback.check(text, family)) return "loopback";
  return privateNet.check(text, family) ? "private" : "public";
}

function embeddedIpv4(address: string): string | undefined {
  // URL's parser expands any spelling to at most eight groups of hex, so that one form is left to read.
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const groups = expandGroups(host);
  const head = groups.slice(0, 6);
  const isMapped = head.slice(0, 5).every((g) => g === 0) && (head[5] === 0xffff || head[5] === 0);
  const isNat64 = head[0] === 0x64 && head[1] === 0xff9b;
  if (isMapped && (groups[6] !== 0 || (groups[7] ?? 0) > 1)) return dotted(groups[6], groups[7]);
  if (isNat64) return dotted(groups[6], groups[7]);
  if (head[0] === 0x2002) return dotted(groups[1], groups[2]);
  return undefined;
}

function expandGroups(host: string): number[] {
  const [left = "", right] = host.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill("0"), ...after].map((group) => Number.parseInt(group, 16));
}

function dotted(high = 0, low = 0): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The class of a URL's host when it is an address literal or a name for this machine; `undefined` for other names. */
export function classifyHost(hostname: string): AddressClass | undefined {
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0) return classifyAddress(bare);
  if (bare === "localhost" || bare.endsWith(".localhost")) return "loopback";
  return undefined;
}

/** The error for a connection that the rule forbids. */
export function addressRefused(host: string, kind: AddressClass): RegistryError {
  return new RegistryError(
    "REFUSED",
    `Cannot connect to ${host}: the registry sent us there, and it is a ${kind} address that only this machine or its network may reach`,
  );
}

/**
 * A look-up for `net.connect` that fails when any of the answers breaks the rule: one forbidden answer among
 * good ones is an attack, not a choice.
 */
export function guardedLookup(rule: AddressRule, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "", 0);
      for (const { address } of addresses) {
        const kind = classifyAddress(address);
        if (!rule.allows(kind)) return callback(addressRefused(hostname, kind), "", 0);
      }
      const first = addresses[0];
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    });
  };
}
