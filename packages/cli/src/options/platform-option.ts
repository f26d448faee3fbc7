// `--platform linux/amd64,linux/arm64`: repeated, comma separated, `local` for this machine's.
import { formatPlatform, hostPlatform, parsePlatform, type Platform } from "@tsbuild/oci";
import { messageOf, usageError } from "../cli-error.ts";
import { parseCsvRecord } from "./csv-record.ts";

/** The platforms in the order given, each once; empty when none was asked for. */
export function parsePlatforms(values: readonly string[]): Platform[] {
  const platforms = new Map<string, Platform>();
  for (const value of values) {
    for (const field of parseCsvRecord(value, "--platform")) {
      const platform = parseOnePlatform(field.trim());
      const name = formatPlatform(platform);
      if (!platforms.has(name)) platforms.set(name, platform);
    }
  }
  return [...platforms.values()];
}

/** One platform, as `pull`, `push` and `inspect` take it. */
export function parseOnePlatform(text: string): Platform {
  if (text === "local") return hostPlatform();
  try {
    return parsePlatform(text);
  } catch (error) {
    throw usageError(`Cannot read --platform ${text}: ${messageOf(error)}`, { cause: error });
  }
}
