// `--add-host`: a name and its addresses, for the /etc/hosts of each RUN.
// https://github.com/docker/buildx/blob/v0.30.0/build/utils.go (toBuildkitExtraHosts)
import type { BuildOptions } from "@tsbuild/builder";
import { isIP } from "node:net";
import { usageError } from "../cli-error.ts";

type ExtraHosts = NonNullable<BuildOptions["extraHosts"]>;

/** `host:address` or `host=address`, several addresses with commas, IPv6 in brackets or not. In the order given. */
export function parseExtraHosts(values: readonly string[]): ExtraHosts {
  return values.flatMap(parseOne);
}

function parseOne(text: string): ExtraHosts {
  const at = text.indexOf(text.includes("=") ? "=" : ":");
  const name = text.slice(0, at);
  const addresses = text.slice(at + 1);
  if (at < 1 || addresses === "") throw usageError(`Cannot read --add-host ${text}: it is not host:address`);
  // Anything else would be more than one word, or more than one line, of the file.
  if (!/^[^\s#\p{Cc}]+$/u.test(name))
    throw usageError(`Cannot read --add-host ${text}: "${name}" is no host name`);
  if (addresses === "host-gateway") {
    throw usageError(
      `Cannot use --add-host ${text}: a RUN has this machine's own network and no gateway to it; say ${name}:127.0.0.1`,
    );
  }
  return addresses.split(",").map((address) => ({ name, address: parseAddress(address, text) }));
}

function parseAddress(word: string, text: string): string {
  const address = /^\[(.+)\]$/.exec(word)?.[1] ?? word;
  if (isIP(address) === 0 || address.includes("%")) {
    throw usageError(`Cannot read --add-host ${text}: "${word}" is neither an IPv4 nor an IPv6 address`);
  }
  return address;
}
