// For the tests of changes: an upper folder on a disk, made without an overlay, by any user.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Attributes } from "@tsbuild/layer";
import { removeTree } from "./remove-tree.ts";
import type { ScanUpperOptions } from "./scan-upper.ts";
import type { AttributeReader } from "./upper-attributes.ts";

export interface ScanScene {
  readonly upper: string;
  /** What was warned of, as `code: message`. */
  readonly warnings: string[];
  readonly options: ScanUpperOptions;
}

/** A folder `upper` of mode 0755, and options that find no attributes. It is gone when the test ends. */
export function makeUpper(more: Partial<ScanUpperOptions> = {}): ScanScene {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-changes-"));
  onTestFinished(() => removeTree(folder));
  const upper = join(folder, "upper");
  mkdirSync(upper);
  chmodSync(upper, 0o755); // whatever the umask
  const warnings: string[] = [];
  const options: ScanUpperOptions = {
    flavour: "trusted",
    phantoms: new Set(),
    root: ownAttributes(0o755),
    warn: (code, message) => warnings.push(`${code}: ${message}`),
    readAttributes: attributes({}),
    ...more,
  };
  return { upper, warnings, options };
}

/** Of what this user makes. */
export function ownAttributes(mode: number): Attributes {
  return { mode, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mtimeSec: 0, mtimeNsec: 0 };
}

/** A reader that finds these attributes, by path and name, as text. */
export function attributes(found: Record<string, Record<string, string>>): AttributeReader {
  const all = Object.entries(found).map(([path, values]) => {
    const bytes = Object.entries(values).map(([name, value]) => [name, Buffer.from(value)] as const);
    return [path, new Map(bytes)] as const;
  });
  return () => Promise.resolve(new Map(all));
}

/** A whiteout as overlayfs makes it: Linux lets everyone make this one device. */
export function makeWhiteout(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  execFileSync("mknod", [path, "c", "0", "0"], { stdio: "pipe" });
}

/** Why `makeWhiteout` does not work here, in a few words. */
export function whyNoWhiteouts(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-changes-"));
  try {
    makeWhiteout(join(folder, "x"));
    return undefined;
  } catch (error) {
    return `needs whiteouts: ${error instanceof Error ? error.message.trim() : String(error)}`;
  } finally {
    void removeTree(folder);
  }
}
