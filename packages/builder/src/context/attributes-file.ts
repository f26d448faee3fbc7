// A context's extended attributes as they were at a scan: while nothing in the context has changed (a new attribute
// changes a file's ctime), the program that reads them need not run.
import { isDigest, type Digest } from "@tsbuild/oci";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Values by full name. */
export type Attributes = ReadonlyMap<string, Uint8Array>;

export interface KnownAttributes {
  /** The scan that they go with. */
  readonly fingerprint: Digest;
  readonly attributes: ReadonlyMap<string, Attributes>;
}

/** What was saved; undefined when there is nothing, or nothing that can be understood. */
export function loadAttributes(path: string): KnownAttributes | undefined {
  try {
    const { fingerprint, attributes } = JSON.parse(readFileSync(path, "utf8")) as {
      fingerprint: string;
      attributes: [string, [string, string][]][];
    };
    if (!isDigest(fingerprint)) return undefined;
    const decode = (pairs: [string, string][]): Attributes =>
      new Map(pairs.map(([name, value]) => [name, Buffer.from(value, "base64")]));
    return { fingerprint, attributes: new Map(attributes.map(([file, pairs]) => [file, decode(pairs)])) };
  } catch {
    return undefined;
  }
}

/** Saves them for the next scan. A failure costs only that scan its short cut. */
export function saveAttributes(path: string, { fingerprint, attributes }: KnownAttributes): void {
  const encode = (map: Attributes): [string, string][] =>
    [...map].map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  const text = JSON.stringify({
    fingerprint,
    attributes: [...attributes].map(([file, map]) => [file, encode(map)]),
  });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // The next scan reads the attributes itself.
  }
}
