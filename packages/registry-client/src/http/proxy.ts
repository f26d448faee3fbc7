// Which proxy a request goes through, from the environment as Go's programs read it: lower case first,
// NO_PROXY with host suffixes, ports, addresses and CIDR (Kubernetes users set 10.0.0.0/8), and HTTP_PROXY
// ignored in CGI, where a client's "Proxy:" header would set it (httpoxy).
import { BlockList, isIP } from "node:net";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for `url`, or `undefined` for a direct connection. localhost and loopback addresses are always direct. */
export function findProxy(url: URL, env: Environment): URL | undefined {
  const text =
    url.protocol === "https:"
      ? read(env, "https_proxy")
      : env["REQUEST_METHOD"] === undefined
        ? read(env, "http_proxy")
        : env["http_proxy"];
  if (text === undefined || text === "") return undefined;
  if (!needsProxy(url, read(env, "no_proxy") ?? "")) return undefined;
  const proxy = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (proxy === null)
    throw new TypeError(`Cannot use the proxy of ${url.protocol.slice(0, -1)}_proxy: not a URL`);
  return proxy;
}

function read(env: Environment, name: string): string | undefined {
  return env[name] ?? env[name.toUpperCase()];
}

function needsProxy(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return false;
  for (const raw of noProxy.split(/[\s,]+/)) {
    const rule = raw.trim().toLowerCase();
    if (rule !== "" && matches(rule, host, port)) return false;
  }
  return true;
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  if (rule.includes("/")) return isInSubnet(rule, host);
  const { name, port: wantedPort } = splitPort(rule);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0 || isIP(host) !== 0) return name === host;
  const suffix = name.replace(/^\*\./, ".");
  if (suffix.startsWith(".")) return host.endsWith(suffix);
  return host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(rule: string): { name: string; port?: string } {
  const bracketed = /^\[(.*)\](?::(\d+))?$/.exec(rule);
  if (bracketed !== null) return { name: bracketed[1] ?? "", port: bracketed[2] };
  if (isIP(rule) === 6) return { name: rule };
  const [name = "", port] = rule.split(":");
  return { name, port };
}

function isInSubnet(rule: string, host: string): boolean {
  const [address = "", bits = ""] = rule.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const prefix = Number(bits);
  if (prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(address, prefix, type);
  return list.check(host, type);
}
