// What is said to whoever reads a context, usually a thread of its own, and what it answers.
import type { IgnorePattern } from "@tsbuild/dockerfile";
import type { Digest } from "@tsbuild/oci";
import type { TransferableParts } from "@tsbuild/layer";
import type { ContextErrorCode } from "./context-error.ts";
import type { HashProgress } from "./hash-files.ts";

/** The way to a reader. Disposing of it ends the reader. */
export interface ReaderChannel extends AsyncDisposable {
  /** Sends a request once those before it are answered. Throws ContextError, or what `signal` was aborted with. */
  request(request: ReaderRequest, options?: RequestOptions): Promise<ReaderReply>;
  /** Gives back what the reader takes, until the next request. */
  rest(): Promise<void>;
}

export interface RequestOptions {
  /** When it fires, the reader is ended in the middle of whatever it does, for good. */
  readonly signal?: AbortSignal;
  readonly report?: (progress: HashProgress) => void;
}

/** A scan (or what takes its place) comes once and first, then any number of hash requests. They are answered in order. */
export type ReaderRequest =
  | {
      readonly kind: "scan";
      readonly folder: string;
      readonly ignore: readonly IgnorePattern[] | undefined;
      readonly cacheFile: string | undefined;
    }
  /** To a new reader, instead of a scan: what another one has scanned. */
  | { readonly kind: "adopt"; readonly scan: ScanRequest; readonly context: ScannedContext }
  | { readonly kind: "hash"; readonly rows: Uint32Array };

export type ScanRequest = Extract<ReaderRequest, { kind: "scan" }>;

export type ReaderReply =
  | { readonly kind: "scanned"; readonly context: ScannedContext }
  | { readonly kind: "adopted" }
  | { readonly kind: "progress"; readonly progress: HashProgress }
  | { readonly kind: "hashed"; readonly filesRead: number }
  | {
      readonly kind: "failed";
      readonly code: ContextErrorCode | undefined;
      readonly message: string;
      readonly facts: Readonly<Record<string, string>>;
    };

/** A scanned context as it goes to the main thread. Buffers are shared, or given away. */
export interface ScannedContext {
  readonly parts: TransferableParts;
  /** When the walk began, in nanoseconds since 1970. */
  readonly startedNs: bigint;
  /** See `FileIdentities`. */
  readonly identities: SharedArrayBuffer;
  /** For each row, the row after everything below it. */
  readonly ends: Uint32Array;
  /** Pairs of a row and its link group. */
  readonly links: Uint32Array;
  /** See `ContextSnapshot.fingerprint`. */
  readonly fingerprint: Digest | undefined;
  /** 32 bytes a row, filled by hash requests. */
  readonly digests: SharedArrayBuffer;
  /** 1 for each row whose digest is there. */
  readonly known: SharedArrayBuffer;
}
