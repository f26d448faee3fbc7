// The version of this package, read from its package.json beside src or dist.
import { readFileSync } from "node:fs";

/** As `0.1.0`. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "version" in parsed &&
    typeof parsed.version === "string"
  ) {
    return parsed.version;
  }
  throw new TypeError("Cannot read the version: package.json has none");
}
