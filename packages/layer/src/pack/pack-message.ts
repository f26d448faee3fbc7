// What the main thread and the packing thread tell each other. Errors travel as plain facts: structured
// cloning would take their class away.
import type { Digest } from "@tsbuild/oci";
import { LayerError } from "../layer-error.ts";
import type { LayerErrorCode, LayerErrorFacts } from "../layer-error.ts";
import type { TransferableParts } from "../table/entry-table.ts";
import type { BlockRingMemory } from "./block-ring.ts";
import type { BlockRule } from "./block-rule.ts";

/** The worker data of a packing thread. */
export interface PackOrder {
  readonly parts: TransferableParts;
  readonly blocks: BlockRule;
  readonly hashContents: boolean;
  readonly clampMtimeSec: number | undefined;
  readonly ring: BlockRingMemory;
  /** The folder of the main thread's compile cache. */
  readonly compileCache: string | undefined;
  /** One Int32: how many answers the main thread has posted. */
  readonly answers: SharedArrayBuffer;
}

/** From the packing thread. */
export type PackMessage =
  | { readonly kind: "block"; readonly length: number }
  /** Where is this layer's inflated tar? The thread sleeps until there is a PackAnswer. */
  | { readonly kind: "question"; readonly diffId: Digest }
  | {
      readonly kind: "done";
      readonly diffId: Digest;
      readonly tarSize: number;
      readonly parts: TransferableParts;
    }
  | { readonly kind: "failed"; readonly error: ErrorFacts };

/** To the packing thread: the path, or why there is none. */
export type PackAnswer = { readonly path: string } | { readonly error: ErrorFacts };

export interface ErrorFacts {
  /** Absent when the error was none of ours. */
  readonly code: LayerErrorCode | undefined;
  readonly message: string;
  readonly facts: LayerErrorFacts;
  readonly cause: CauseFacts | undefined;
}

/** What is worth keeping of the error of a system call. */
interface CauseFacts {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

export function describeError(error: unknown): ErrorFacts {
  if (error instanceof LayerError) {
    const { code, message, facts } = error;
    return { code, message, facts, cause: describeCause(error.cause) };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: undefined, message: reason, facts: { reason }, cause: describeCause(error) };
}

export function restoreError(error: ErrorFacts): LayerError {
  const { facts } = error;
  const options = error.cause === undefined ? { facts } : { facts, cause: restoreCause(error.cause) };
  if (error.code !== undefined) return new LayerError(error.code, error.message, options);
  return new LayerError("WORKER_FAILED", `Cannot pack layer: ${error.message}`, options);
}

function describeCause(cause: unknown): CauseFacts | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { message, stack } = cause;
  return { message, stack, code: "code" in cause ? String(cause.code) : undefined };
}

function restoreCause({ message, stack, code }: CauseFacts): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return code === undefined ? cause : Object.assign(cause, { code });
}
