// How new layers are compressed: `--compression gzip --compression-level 9`, or the same in an `-o` value.
import { usageError } from "../cli-error.ts";

export interface CompressionChoice {
  readonly kind: "gzip" | "zstd" | "none";
  readonly level?: number;
}

const highestLevel = { gzip: 9, zstd: 22, none: 0 };

/** `undefined` when neither was given: the builder chooses. A level without a kind is gzip's. */
export function parseCompression(
  kindText: string | undefined,
  levelText: string | undefined,
  flag: string,
): CompressionChoice | undefined {
  if (kindText === undefined && levelText === undefined) return undefined;
  const kind = parseKind(kindText ?? "gzip", flag);
  if (levelText === undefined) return { kind };
  const level = Number(levelText);
  if (kind === "none") throw usageError(`Cannot use ${flag}-level ${levelText}: nothing is compressed`);
  if (!/^\d+$/.test(levelText) || level > highestLevel[kind]) {
    throw usageError(
      `Cannot use ${flag}-level ${levelText}: ${kind} has the levels 0 to ${String(highestLevel[kind])}`,
    );
  }
  return { kind, level };
}

function parseKind(text: string, flag: string): CompressionChoice["kind"] {
  switch (text) {
    case "gzip":
    case "zstd":
    case "none":
      return text;
    case "uncompressed":
      return "none";
    case "estargz":
      throw usageError(
        `Cannot use ${flag} estargz: tsbuild writes gzip, zstd or uncompressed layers; use gzip`,
      );
    default:
      throw usageError(`Cannot use ${flag} ${text}: choose gzip, zstd or uncompressed`);
  }
}
