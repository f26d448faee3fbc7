// Errors across the process boundary, as plain facts: structured cloning would take their class away. Those of the store
// and of layers come out as what they were; what was none of ours gets the code of the command that failed.
import { LayerError, type LayerErrorCode, type LayerErrorFacts } from "@tsbuild/layer";
import { StoreError, type StoreErrorCode, type StoreErrorFacts } from "@tsbuild/store";
import { SandboxError, type SandboxErrorCode, type SandboxErrorFacts } from "../sandbox-error.ts";

export type ErrorFacts = {
  readonly message: string;
  readonly cause: CauseFacts | undefined;
} & (
  | { readonly origin: "sandbox"; readonly code: SandboxErrorCode; readonly facts: SandboxErrorFacts }
  | { readonly origin: "layer"; readonly code: LayerErrorCode; readonly facts: LayerErrorFacts }
  | { readonly origin: "store"; readonly code: StoreErrorCode; readonly facts: StoreErrorFacts }
);

/** What is worth keeping of an error behind one. */
interface CauseFacts {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** What an error that is none of ours counts as. */
export interface ErrorDefault {
  readonly code: SandboxErrorCode;
  /** "unpack layer x", for the message. */
  readonly action: string;
}

export function describeError(error: unknown, otherwise: ErrorDefault): ErrorFacts {
  if (error instanceof SandboxError) return { origin: "sandbox", ...factsOf(error) };
  if (error instanceof LayerError) return { origin: "layer", ...factsOf(error) };
  if (error instanceof StoreError) return { origin: "store", ...factsOf(error) };
  const reason = error instanceof Error ? error.message : String(error);
  const full = codeOf(error) === "ENOSPC" || codeOf(error) === "EDQUOT";
  return {
    origin: "sandbox",
    code: full ? "NO_SPACE" : otherwise.code,
    message: `Cannot ${otherwise.action}: ${reason}${full ? "; make room where the store is" : ""}`,
    facts: { reason },
    cause: describeCause(error),
  };
}

export function restoreError(error: ErrorFacts): SandboxError | LayerError | StoreError {
  const options = error.cause === undefined ? {} : { cause: restoreCause(error.cause) };
  switch (error.origin) {
    case "sandbox":
      return new SandboxError(error.code, error.message, { facts: error.facts, ...options });
    case "layer":
      return new LayerError(error.code, error.message, { facts: error.facts, ...options });
    case "store":
      return new StoreError(error.code, error.message, error.facts, options);
  }
}

function factsOf<Code, Facts>(
  error: Error & { readonly code: Code; readonly facts: Facts },
): {
  code: Code;
  message: string;
  facts: Facts;
  cause: CauseFacts | undefined;
} {
  const { code, message, facts } = error;
  return { code, message, facts, cause: describeCause(error.cause) };
}

function describeCause(cause: unknown): CauseFacts | undefined {
  if (!(cause instanceof Error)) return undefined;
  return { message: cause.message, stack: cause.stack, code: codeOf(cause) };
}

function restoreCause({ message, stack, code }: CauseFacts): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return code === undefined ? cause : Object.assign(cause, { code });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
