// What PAX records mean. Local records override global ones, and an empty value takes a record back; both
// override the header's own fields, the size too (CVE-2025-62518, "TARmageddon": readers that took the
// header's size read a file's content as more entries).
import type { Buffer } from "node:buffer";
import type { PaxRecord } from "./pax-records.ts";
import { tarCorrupt } from "./tar-fault.ts";

/** Typed values of the records that matter here; absent ones leave the header's field as it is. */
export interface PaxValues {
  readonly path?: Buffer;
  readonly linkPath?: Buffer;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: { readonly sec: number; readonly nsec: number };
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly sparse?: PaxSparse;
}

/** The GNU.sparse.* records of a file, still as written. */
interface PaxSparse {
  /** The map follows in the file's data: format 1.0. */
  readonly inData: boolean;
  readonly name?: Buffer;
  readonly realSize: number;
  /** Offset and length in turn: formats 0.0 and 0.1. */
  readonly numbers: readonly number[];
}

const XATTR = "SCHILY.xattr.";
/** Readers disagree on whether these apply to every entry, so no archive may need an answer. */
const NEVER_GLOBAL = /^(?:path|linkpath|size|GNU\.sparse\..*|SCHILY\.xattr\..*)$/;

/** Throws TAR_CORRUPT when a global header says what only a local one may. */
export function checkGlobalRecords(records: readonly PaxRecord[]): void {
  const bad = records.find(({ key, value }) => NEVER_GLOBAL.test(key) && value.length > 0);
  if (bad !== undefined) throw tarCorrupt(`a global header sets ${JSON.stringify(bad.key)} for every entry`);
}

/** The values for one entry. Throws TAR_CORRUPT for a value that is not what its key asks for. */
export function readPaxValues(global: readonly PaxRecord[], local: readonly PaxRecord[]): PaxValues {
  if (global.length + local.length === 0) return NO_VALUES;
  const records = new Map<string, Buffer>();
  const xattrs = new Map<string, Uint8Array>();
  for (const { key, value } of [...global, ...local]) {
    records.set(key, value);
    // An empty attribute is an attribute: only other records are taken back by an empty value.
    if (key.startsWith(XATTR)) xattrs.set(key.slice(XATTR.length), Uint8Array.from(value));
  }
  const name = (key: string): Buffer | undefined => {
    const value = records.get(key);
    if (value === undefined || value.length === 0) return undefined;
    if (value.includes(0)) throw tarCorrupt(`PAX record ${key} has a NUL`);
    return value;
  };
  return defined({
    path: name("path"),
    linkPath: name("linkpath"),
    size: integerOf(records, "size"),
    uid: integerOf(records, "uid"),
    gid: integerOf(records, "gid"),
    mtime: timeOf(records),
    xattrs: xattrs.size > 0 ? xattrs : undefined,
    sparse: sparseOf(records, local, name("GNU.sparse.name")),
  });
}

const NO_VALUES: PaxValues = {};

type Optional<T> = { [K in keyof T]: T[K] | undefined };

function defined(values: Optional<Required<PaxValues>>): PaxValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function integerOf(records: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? undefined : parseInteger(value.toString("latin1"), key);
}

/** Only digits: "-5", "+5", " 12", "1e3" and "0x10" are different numbers to different readers. */
function parseInteger(text: string, key: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw tarCorrupt(`PAX record ${key} is ${JSON.stringify(text.slice(0, 40))}`);
  return value;
}

function timeOf(records: ReadonlyMap<string, Buffer>): { sec: number; nsec: number } | undefined {
  const text = records.get("mtime")?.toString("latin1") ?? "";
  if (text === "") return undefined;
  const [, minus, whole, fraction = ""] = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(text) ?? [];
  const sec = Number(whole);
  if (!Number.isSafeInteger(sec))
    throw tarCorrupt(`PAX record mtime is ${JSON.stringify(text.slice(0, 40))}`);
  const nsec = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (minus !== "-") return { sec, nsec };
  return nsec === 0 ? { sec: 0 - sec, nsec } : { sec: -sec - 1, nsec: 1e9 - nsec };
}

function sparseOf(
  records: ReadonlyMap<string, Buffer>,
  local: readonly PaxRecord[],
  name: Buffer | undefined,
): PaxSparse | undefined {
  const text = (key: string): string => records.get(`GNU.sparse.${key}`)?.toString("latin1") ?? "";
  const version = `${text("major")}.${text("minor")}`;
  const map = text("map");
  const numbers =
    map === "" ? sparsePairs(local) : map.split(",").map((number) => parseInteger(number, "GNU.sparse.map"));
  const size = text("realsize") || text("size");
  if (version === "." && numbers.length === 0 && size === "" && text("numblocks") === "") return undefined;
  if (version !== "." && !/^(?:1\.0|0\.[01])$/.test(version))
    throw tarCorrupt(`sparse format ${version} is unknown`);
  const inData = version === "1.0";
  if (size === "") throw tarCorrupt("a sparse file has no size");
  if (numbers.length % 2 !== 0) throw tarCorrupt("a sparse map is cut short");
  if (inData && numbers.length > 0) throw tarCorrupt("a sparse file has two maps");
  const realSize = parseInteger(size, "GNU.sparse.size");
  return name === undefined ? { inData, realSize, numbers } : { inData, realSize, numbers, name };
}

/** Format 0.0: "offset" and "numbytes" records in turn, many of the same key. */
function sparsePairs(local: readonly PaxRecord[]): number[] {
  const numbers: number[] = [];
  for (const { key, value } of local) {
    const isOffset = key === "GNU.sparse.offset";
    if (!isOffset && key !== "GNU.sparse.numbytes") continue;
    if (isOffset !== (numbers.length % 2 === 0)) throw tarCorrupt("a sparse map is out of order");
    numbers.push(parseInteger(value.toString("latin1"), key));
  }
  return numbers;
}
