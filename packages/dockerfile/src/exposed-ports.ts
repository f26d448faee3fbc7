// The ports of EXPOSE: `80`, `53/udp`, `8000-8010/tcp`, and `ip:host:container`, of which only the last part counts.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/dockerfile2llb/convert_expose.go

import { isIP } from "node:net";
import { DockerfileError, quote } from "./dockerfile-error.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"];
const MAX_PORT = 65_535;

/**
 * The ports of expanded words as `8000/tcp`, each once: words in the order of their text, as BuildKit has them in the
 * history, ranges in the order of their numbers. Throws `ARGUMENT_INVALID`.
 */
export function parsePorts(words: readonly string[]): string[] {
  const ports = new Set<string>();
  for (const word of [...words].sort()) {
    for (const port of parsePort(word)) ports.add(port);
  }
  return [...ports];
}

function* parsePort(word: string): Iterable<string> {
  const parts = word.split(":");
  const container = parts.at(-1) ?? "";
  const host = parts.at(-2);
  const address = parts.slice(0, -2).join(":");
  if (address !== "" && isIP(address.replace(/^\[(.*)\]$/, "$1")) === 0) {
    throw invalid(word, `${quote(address)} is no IP address`);
  }
  const [range = "", protocol = "", ...more] = container.split("/");
  if (range === "") throw invalid(word, "no port specified");
  const name = protocol.toLowerCase() || "tcp";
  if (more.length > 0 || !PROTOCOLS.includes(name))
    throw invalid(word, `the protocol is ${PROTOCOLS.join(", ")}`);
  const [start, end] = parseRange(word, range);
  if (host !== undefined && host !== "") checkHostRange(word, host, end - start);
  for (let port = start; port <= end; port++) yield `${port}/${name}`;
}

function parseRange(word: string, text: string): [number, number] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2] ?? match?.[1]);
  if (match === null || start > MAX_PORT || end > MAX_PORT) {
    throw invalid(word, `${quote(text)} is no port from 0 to ${MAX_PORT}, nor a range like 8000-8010`);
  }
  if (end < start) throw invalid(word, `the range ${text} ends before it starts`);
  return [start, end];
}

function checkHostRange(word: string, text: string, length: number): void {
  const [start, end] = parseRange(word, text);
  if (length !== 0 && end - start !== length)
    throw invalid(word, "the ranges of host and container differ in length");
}

function invalid(word: string, reason: string): DockerfileError {
  return new DockerfileError("ARGUMENT_INVALID", `Cannot expose ${quote(word)}: ${reason}`);
}
