// Looks at a build context. Contents are read only when asked for: a COPY of one folder must not read its siblings.
import { realpathSync, statSync } from "node:fs";
import type { IgnoreMatcher } from "@tsbuild/dockerfile";
import { readAttributes } from "@tsbuild/layer";
import { ContextError, systemCode } from "./context-error.ts";
import { ContextSnapshot } from "./context-snapshot.ts";
import { loadAttributes, saveAttributes, type Attributes } from "./attributes-file.ts";
import { isSmallContext, ReaderHere } from "./reader-here.ts";
import type { ReaderChannel } from "./reader-protocol.ts";
import { ReaderThread } from "./reader-thread.ts";

export interface ScanOptions {
  /** What to leave out. */
  readonly ignore?: IgnoreMatcher | undefined;
  /** Where digests are remembered between builds: a file for this context alone. It need not exist. */
  readonly cacheFile?: string;
  /** Ends the scan, and hashing too when it is given there. */
  readonly signal?: AbortSignal;
  /** What reads the context; default a worker thread, or this one when there is little to read. */
  readonly startReader?: () => ReaderChannel;
}

/**
 * Scans the folder, which may be a symbolic link to one. Throws ContextError CONTEXT_NOT_FOUND, CONTEXT_NOT_DIRECTORY
 * or CONTEXT_UNREADABLE, and what the signal was aborted with.
 */
export async function scanContext(folder: string, options: ScanOptions = {}): Promise<ContextSnapshot> {
  const root = findFolder(folder);
  const reader = options.startReader?.() ?? (isSmallContext(root) ? new ReaderHere() : new ReaderThread());
  try {
    const { ignore, cacheFile } = options;
    const request = { kind: "scan", folder: root, ignore: ignore?.patterns, cacheFile } as const;
    const attributesFile = cacheFile === undefined ? undefined : `${cacheFile}.attributes`;
    const known = attributesFile === undefined ? undefined : loadAttributes(attributesFile);
    // The first time both go side by side; later the scan alone tells whether anything can have changed.
    const first = known === undefined ? readOurAttributes(root, options.signal) : undefined;
    first?.catch(() => undefined); // awaited below, if it is wanted
    const reply = await reader.request(request, options);
    if (reply.kind !== "scanned") throw new TypeError(`Unexpected answer "${reply.kind}"`);
    const { fingerprint } = reply.context;
    const isKnown = known !== undefined && known.fingerprint === fingerprint;
    const attributes = isKnown ? known.attributes : await (first ?? readOurAttributes(root, options.signal));
    if (!isKnown && attributesFile !== undefined && fingerprint !== undefined) {
      saveAttributes(attributesFile, { fingerprint, attributes });
    }
    return new ContextSnapshot(root, reply.context, reader, { ignore, attributes, cacheFile });
  } catch (error) {
    await reader[Symbol.asyncDispose]();
    throw error;
  }
}

function findFolder(folder: string): string {
  let root: string;
  try {
    root = realpathSync(folder);
  } catch (cause) {
    const code = systemCode(cause) === "ENOENT" ? "CONTEXT_NOT_FOUND" : "CONTEXT_UNREADABLE";
    const reason = code === "CONTEXT_NOT_FOUND" ? "no such folder" : String(cause);
    throw new ContextError(
      code,
      `Cannot use the build context "${folder}": ${reason}`,
      { path: folder },
      { cause },
    );
  }
  if (!statSync(root).isDirectory()) {
    const message = `Cannot use the build context "${folder}": it is not a folder`;
    throw new ContextError("CONTEXT_NOT_DIRECTORY", message, { path: folder });
  }
  return root;
}

/** Those that belong into an image. Without the program that reads them files have none, as with docker's own clients. */
async function readOurAttributes(
  root: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Attributes>> {
  const names = "^(user\\.|security\\.capability$)";
  return (
    (await readAttributes(root, { names, programs: ["getfattr"], signal })) ?? new Map<string, Attributes>()
  );
}
