// Runs one process in a root filesystem on disk, as isolated as this machine allows, and says what it changed.
export { openSandbox, sweepSandbox } from "./open-sandbox.ts";
export type {
  PackChangesOptions,
  PackedChanges,
  ProcessExit,
  ProcessFile,
  Sandbox,
  SandboxOptions,
  SandboxProcess,
  SandboxWarning,
  SandboxWarningCode,
  UnpackOrder,
  Workspace,
  WorkspaceOrder,
} from "./sandbox.ts";
export { SandboxError } from "./sandbox-error.ts";
export type { SandboxErrorCode, SandboxErrorFacts } from "./sandbox-error.ts";
