// PAX extended header records: "<length> <key>=<value>\n", where the length counts BYTES, itself included,
// and values are bytes, not text: a file capability has bytes that are no UTF-8.
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_03
import { Buffer } from "node:buffer";
import { LayerError } from "../layer-error.ts";

/** One record, in the order of the archive. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

/** The bytes of these records, in this order. */
export function encodePaxRecords(records: readonly PaxRecord[]): Buffer {
  return Buffer.concat(records.map(encodeRecord));
}

function encodeRecord({ key, value }: PaxRecord): Buffer {
  const keyBytes = Buffer.from(key, "utf8");
  const fixed = keyBytes.length + value.length + 3;
  let length = fixed + String(fixed).length;
  // The length's own digits may add a digit.
  if (fixed + String(length).length !== length) length = fixed + String(length).length;
  return Buffer.concat([Buffer.from(`${length} `), keyBytes, Buffer.from("="), value, Buffer.from("\n")]);
}

/** Parses the body of a PAX header. Throws TAR_CORRUPT unless every byte of it belongs to a record. */
export function parsePaxRecords(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  let start = 0;
  while (start < body.length) {
    const space = body.indexOf(0x20, start);
    const digits = space < 0 || space - start > 10 ? "" : body.toString("latin1", start, space);
    if (!/^[1-9][0-9]*$/.test(digits)) throw badRecord("a record has no length");
    const end = start + Number(digits);
    if (end > body.length || end <= space + 2 || body[end - 1] !== 0x0a) {
      throw badRecord("a record's length is wrong");
    }
    const equals = body.indexOf(0x3d, space + 1);
    if (equals <= space + 1 || equals >= end) throw badRecord("a record has no key");
    const key = body.toString("utf8", space + 1, equals);
    if (key.includes("\0")) throw badRecord("a key has a NUL");
    records.push({ key, value: body.subarray(equals + 1, end - 1) });
    start = end;
  }
  return records;
}

function badRecord(reason: string): LayerError {
  return new LayerError("TAR_CORRUPT", `Cannot read tar extended header: ${reason}`, { facts: { reason } });
}
