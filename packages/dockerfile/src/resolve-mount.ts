// What a mount means: its options with values expanded, checked and typed. The same checks run at parse time, where
// values with variables are not known yet, and again when they are.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/instructions/commands_runmount.go

import { parseByteSize } from "./byte-size.ts";
import { DockerfileError, quote } from "./dockerfile-error.ts";
import type { Mount, MountType } from "./instruction.ts";
import { parseBoolean } from "./parse-boolean.ts";
import { formatSuggestion, suggest } from "./suggest.ts";

export type CacheSharing = "shared" | "private" | "locked";

/** A mount with everything known. Texts that were not given, or were empty, are absent. */
export interface ResolvedMount {
  readonly type: MountType;
  /** As written: may be relative to the working directory. */
  readonly target?: string;
  readonly source?: string;
  /** A stage, context or image. */
  readonly from?: string;
  readonly id?: string;
  readonly readonly: boolean;
  readonly sharing: CacheSharing;
  readonly required: boolean;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly sizeBytes?: number;
  /** The variable that gets a secret; empty for the secret's own name. */
  readonly env?: string;
}

const TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
const SHARINGS = ["shared", "private", "locked"] as const;
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["src", "source"],
  ["dst", "target"],
  ["destination", "target"],
  ["ro", "readonly"],
  ["rw", "readwrite"],
]);
const KEYS =
  "type target source from readonly readwrite id sharing required mode uid gid size env dst destination src ro rw".split(
    " ",
  );
/** Keys without a value, and what that means. */
const BARE: ReadonlyMap<string, string> = new Map([
  ["readonly", "true"],
  ["readwrite", "true"],
  ["required", "true"],
  ["env", ""],
]);
/** Keys that only some types have. BuildKit takes source and from everywhere and ignores them silently. */
const TYPES_OF_KEY: ReadonlyMap<string, readonly MountType[]> = new Map<string, readonly MountType[]>([
  ["from", ["bind", "cache"]],
  ["source", ["bind", "cache", "secret"]],
  ["sharing", ["cache"]],
  ["required", ["secret", "ssh"]],
  ["env", ["secret"]],
  ["size", ["tmpfs"]],
  ["mode", ["cache", "secret", "ssh"]],
  ["uid", ["cache", "secret", "ssh"]],
  ["gid", ["cache", "secret", "ssh"]],
]);

/** The mount with its values expanded (all but `from`) by `expand`. Throws `MOUNT_INVALID`. */
export function resolveMount(mount: Mount, expand: (value: string) => string): ResolvedMount {
  const resolved = readMountOptions(mount.options, expand);
  return { ...resolved, type: resolved.type ?? "bind" };
}

/**
 * Reads and checks options. `valueOf` gives a value expanded, or `undefined` when it isn't known yet: then whatever
 * depends on it is not checked, and absent from the result.
 */
export function readMountOptions(
  options: ReadonlyMap<string, string | undefined>,
  valueOf: (raw: string) => string | undefined,
): Omit<ResolvedMount, "type"> & { readonly type?: MountType } {
  const values = new Map<string, string | undefined>();
  for (const [key, raw] of options) {
    const name = SYNONYMS.get(key) ?? key;
    if (!KEYS.includes(key)) {
      throw invalid(`unexpected key '${key}'${formatSuggestion(suggest(key, KEYS))}`);
    }
    if (raw === undefined && !BARE.has(name)) throw invalid(`'${key}' must be a key=value pair`);
    if (name === "from") values.set(name, readFrom(raw ?? ""));
    else values.set(name, raw === undefined ? BARE.get(name) : valueOf(raw));
    // The last of two contradicting keys counts.
    if (name === "readonly") values.delete("readwrite");
    if (name === "readwrite") values.delete("readonly");
  }
  const type = values.has("type") ? readType(values.get("type")) : "bind";
  if (type !== undefined) checkKeys(type, values);
  const mount = readValues(values, type);
  if (type === "secret") checkSecret(values);
  return mount;
}

function readValues(
  values: ReadonlyMap<string, string | undefined>,
  type: MountType | undefined,
): Omit<ResolvedMount, "type"> & { readonly type?: MountType } {
  const text = (key: string) => values.get(key) || undefined;
  const sharing = readSharing(values.get("sharing"));
  const writable = type === "cache" || type === "tmpfs";
  const readonly = readTruth("readonly", values.get("readonly"));
  const readwrite = readTruth("readwrite", values.get("readwrite"));
  return dropUndefined({
    type,
    target: text("target"),
    source: text("source"),
    from: text("from"),
    id: text("id"),
    readonly: readonly ?? (readwrite === undefined ? !writable : !readwrite),
    sharing: sharing ?? "shared",
    required: readTruth("required", values.get("required")) ?? false,
    mode: readNumber("mode", values.get("mode"), 8),
    uid: readNumber("uid", values.get("uid"), 10),
    gid: readNumber("gid", values.get("gid"), 10),
    sizeBytes: readSize(values.get("size")),
    env: values.get("env"),
  });
}

function readFrom(value: string): string {
  if (!/\$./.test(value)) return value;
  throw invalid("'from' doesn't support variable expansion, define alias stage instead");
}

function readType(value: string | undefined): MountType | undefined {
  if (value === undefined) return undefined;
  const type = TYPES.find((candidate) => candidate === value.toLowerCase());
  if (type !== undefined) return type;
  throw invalid(`unsupported mount type ${quote(value)}${formatSuggestion(suggest(value, TYPES))}`);
}

function readSharing(value: string | undefined): CacheSharing | undefined {
  if (value === undefined) return undefined;
  const sharing = SHARINGS.find((candidate) => candidate === value.toLowerCase());
  if (sharing !== undefined) return sharing;
  throw invalid(`unsupported sharing value ${quote(value)}${formatSuggestion(suggest(value, SHARINGS))}`);
}

function checkKeys(type: MountType, values: ReadonlyMap<string, string | undefined>): void {
  for (const key of values.keys()) {
    const types = TYPES_OF_KEY.get(key);
    if (types === undefined || types.includes(type)) continue;
    throw invalid(`${key} is not allowed for mounts of type ${type}, only for ${types.join(", ")}`);
  }
}

function checkSecret(values: ReadonlyMap<string, string | undefined>): void {
  const given = (key: string) => values.has(key) && values.get(key) !== "";
  if (!given("source") && !given("target") && !given("id")) {
    throw invalid("invalid secret mount, one of id, source, target required");
  }
  if (given("source") && given("id")) throw invalid("both source and id can't be set for a secret");
}

function readTruth(key: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  const truth = parseBoolean(value);
  if (truth === undefined) throw invalid(`invalid value for ${key}: ${quote(value)}, it is true or false`);
  return truth;
}

function readNumber(key: string, value: string | undefined, radix: 8 | 10): number | undefined {
  if (value === undefined) return undefined;
  const isNumber = radix === 8 ? /^[0-7]{1,12}$/.test(value) : /^\d{1,12}$/.test(value);
  const number = isNumber ? Number.parseInt(value, radix) : Number.NaN;
  if (number <= 0xffff_ffff) return number;
  throw invalid(
    `invalid value ${quote(value)} for ${key}, it is ${radix === 8 ? "an octal" : "a decimal"} number`,
  );
}

function readSize(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const size = parseByteSize(value);
  if (size === undefined) throw invalid(`invalid value for size: ${quote(value)}, write it as 64m or 1g`);
  return size;
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

function invalid(reason: string): DockerfileError {
  return new DockerfileError("MOUNT_INVALID", `Cannot use the mount: ${reason}`);
}
