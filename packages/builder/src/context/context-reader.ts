// Reads a context: walks it, then hashes what it is asked for. It keeps the table, so that a request for 50,000 files is
// 50,000 numbers. All of it is synchronous, and at home in a worker thread.
import { IgnoreMatcher } from "@tsbuild/dockerfile";
import { EntryTable } from "@tsbuild/layer";
import { createHasher, type Digest } from "@tsbuild/oci";
import { ContextError } from "./context-error.ts";
import { loadDigests, racyNs, saveDigests, type DigestCache } from "./digest-cache.ts";
import { FileIdentities } from "./file-identities.ts";
import { hashFiles, type HashProgress } from "./hash-files.ts";
import type { ReaderReply, ReaderRequest, ScannedContext, ScanRequest } from "./reader-protocol.ts";
import { diskContent, walkContext } from "./walk-context.ts";

interface ReaderState {
  readonly folder: string;
  readonly table: EntryTable;
  readonly identities: FileIdentities;
  readonly digests: Uint8Array;
  readonly known: Uint8Array;
  readonly cache: DigestCache;
  readonly cacheFile: string | undefined;
  /** When the walk began. */
  readonly startedNs: bigint;
}

export class ContextReader {
  #state: ReaderState | undefined;

  /** Answers one request, synchronously. Errors are answers too. */
  answer(request: ReaderRequest, report: (progress: HashProgress) => void): ReaderReply {
    try {
      if (request.kind === "scan") {
        const { state, context } = scan(request);
        this.#state = state;
        return { kind: "scanned", context };
      }
      if (request.kind === "adopt") {
        this.#state = stateOf(request.scan, request.context);
        return { kind: "adopted" };
      }
      if (this.#state === undefined) throw new TypeError("Cannot hash before the scan");
      return { kind: "hashed", filesRead: hashRows(this.#state, request.rows, report) };
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      const known = error instanceof ContextError ? error : undefined;
      return { kind: "failed", code: known?.code, message, facts: known?.facts ?? {} };
    }
  }
}

function scan(request: ScanRequest): { state: ReaderState; context: ScannedContext } {
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  const ignore = request.ignore === undefined ? undefined : new IgnoreMatcher(request.ignore);
  const { table, identities, ends, links } = walkContext(request.folder, ignore);
  const files = new FileIdentities(identities);
  const digests = new SharedArrayBuffer(table.length * 32);
  const known = new SharedArrayBuffer(table.length);
  const context: ScannedContext = {
    parts: table.parts(),
    startedNs,
    identities,
    ends,
    links,
    digests,
    known,
    fingerprint: fingerprintOf(table, files, identities, startedNs),
  };
  return { state: stateOf(request, context), context };
}

/** What a reader knows after a scan. */
export function stateOf({ folder, cacheFile }: ScanRequest, context: ScannedContext): ReaderState {
  return {
    folder,
    table: EntryTable.fromParts(context.parts),
    identities: new FileIdentities(context.identities),
    digests: new Uint8Array(context.digests),
    known: new Uint8Array(context.known),
    cache: loadDigests(cacheFile),
    cacheFile,
    startedNs: context.startedNs,
  };
}

/** Nothing that is still changing has one: its next change may leave all of its times as they are. */
function fingerprintOf(
  table: EntryTable,
  files: FileIdentities,
  identities: SharedArrayBuffer,
  startedNs: bigint,
): Digest | undefined {
  const atRestNs = startedNs - racyNs;
  for (let row = 0; row < table.length; row++) {
    if (table.kindAt(row) === "file" && files.isNewerThan(row, atRestNs)) return undefined;
  }
  const hasher = createHasher();
  hasher.update(table.toBytes());
  hasher.update(new Uint8Array(identities));
  return hasher.digest();
}

function hashRows(state: ReaderState, rows: Uint32Array, report: (progress: HashProgress) => void): number {
  const filesRead = hashFiles({
    rows,
    diskPath: (row) => diskContent(state.folder, state.table.pathAt(row)).path,
    identities: state.identities,
    cache: state.cache,
    digests: state.digests,
    known: state.known,
    report,
  });
  if (filesRead > 0 && state.cacheFile !== undefined) saveKnown(state, state.cacheFile);
  return filesRead;
}

/** Saves all that is known of the files of this scan, but for what was read of files that had just been changing. */
export function saveKnown(state: ReaderState, cacheFile: string): void {
  const { table, identities } = state;
  const digests = new Uint8Array(table.length * 32);
  const saved = new FileIdentities(new ArrayBuffer(table.length * FileIdentities.bytesPerRow));
  let count = 0;
  for (let row = 0; row < table.length; row++) {
    if (table.kindAt(row) !== "file") continue;
    const digest = state.cache.find(identities, row) ?? newDigest(state, row);
    if (digest === undefined) continue;
    saved.copyRow(count, identities, row);
    digests.set(digest, count * 32);
    count += 1;
  }
  saveDigests(cacheFile, { count, identities: saved, digests });
}

/** The digest of a file that was read and was at rest: otherwise it may change again within one tick of its times. */
function newDigest(state: ReaderState, row: number): Uint8Array | undefined {
  const isKnown = state.known[row] === 1 && !state.identities.isNewerThan(row, state.startedNs - racyNs);
  return isKnown ? state.digests.subarray(row * 32, row * 32 + 32) : undefined;
}
