// What the main process and the worker tell each other: commands with numbers, their answers, and events between. All of
// it is plain data for structured cloning; tables travel as files.
import type { Attributes, Compression } from "@tsbuild/layer";
import type { Descriptor, Digest } from "@tsbuild/oci";
import type { PackedChanges, ProcessExit, SandboxProcess, SandboxWarningCode } from "../sandbox.ts";
import type { ErrorFacts } from "./error-facts.ts";

/** The commands: what each is given, and what it answers. Workspaces are numbers that `open` gives. */
export interface Commands {
  unpack: { readonly order: UnpackCommand; readonly result: undefined };
  read: { readonly order: ReadCommand; readonly result: Uint8Array | undefined };
  open: { readonly order: OpenCommand; readonly result: number };
  run: { readonly order: RunCommand; readonly result: ProcessExit };
  pack: { readonly order: PackCommand; readonly result: PackedChanges };
  discard: { readonly order: { readonly workspace: number }; readonly result: undefined };
  /** Removes these folders, which killed builds have left, and unpacked layers of earlier boots. */
  sweep: { readonly order: { readonly folders: readonly string[] }; readonly result: undefined };
  /** Ends all other commands, and removes what the worker has made. */
  close: { readonly order: undefined; readonly result: undefined };
}

export type CommandName = keyof Commands;

export type Command = {
  readonly [Name in CommandName]: { readonly name: Name; readonly order: Commands[Name]["order"] };
}[CommandName];

export interface UnpackCommand {
  readonly name: string;
  /** A file that the worker reads and removes. */
  readonly changes: string;
  readonly layer: { readonly diffId: Digest; readonly blob: Descriptor } | undefined;
  readonly tars: ReadonlyMap<Digest, string>;
}

export interface ReadCommand {
  readonly name: string;
  readonly path: string;
  readonly limitBytes: number;
}

export interface OpenCommand {
  readonly lowers: readonly string[];
  /** A file that the worker reads and removes. */
  readonly stubs: string;
  readonly phantoms: readonly string[];
  readonly root: Attributes;
}

export interface RunCommand {
  readonly workspace: number;
  readonly process: ProcessOrder;
}

/** What of a process can be told to another one. */
type ProcessOrder = Omit<SandboxProcess, "signal" | "onOutput">;

export interface PackCommand {
  readonly workspace: number;
  readonly compression: Compression | undefined;
  readonly clampMtimeSec: number | undefined;
}

/** What the worker tries before it says that it is ready: a process's namespaces, its mounts, and its own work. */
export type ProbeStep = "inner namespaces" | "overlay" | "proc" | "worker";

export type ToWorker =
  /** The first message: the root folder of the store. */
  | { readonly kind: "start"; readonly store: string }
  | { readonly kind: "command"; readonly id: number; readonly command: Command }
  | { readonly kind: "cancel"; readonly id: number }
  /** So many bytes of a process's output have been handed on. */
  | { readonly kind: "taken"; readonly id: number; readonly bytes: number };

export type FromWorker =
  /** The machine can do it; the folder of the unpacked layers that fit. */
  | { readonly kind: "ready"; readonly unpacked: string }
  /** It cannot: what was tried, and why it failed. */
  | { readonly kind: "unusable"; readonly step: ProbeStep; readonly reason: string }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorFacts }
  | {
      readonly kind: "output";
      readonly id: number;
      readonly stream: "stdout" | "stderr";
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "progress"; readonly id: number; readonly bytes: number }
  | { readonly kind: "warning"; readonly code: SandboxWarningCode; readonly message: string };
