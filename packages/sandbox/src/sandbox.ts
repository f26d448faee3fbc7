// What a sandbox is asked and what it answers: unpacked layers, and workspaces in which one process runs. The interface
// leaves room for other back ends; the caller resolves all paths, users and programs, and gives plain data.
import type { Attributes, Compression, EntryTable } from "@tsbuild/layer";
import type { Descriptor, Digest } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";

export interface SandboxOptions {
  readonly store: LocalStore;
  /** "auto", the default, tries what there is; "namespaces" is the only back end for now. */
  readonly isolation?: "auto" | "namespaces";
  readonly signal?: AbortSignal;
  /** What the user should know: a device that cannot be made, a socket left out. */
  warn?(code: SandboxWarningCode, message: string): void;
}

/** A way to run processes on this machine. Disposing ends what runs and removes what is not finished. */
export interface Sandbox extends AsyncDisposable {
  /** For the log: "namespaces (root, overlayfs)". */
  readonly description: string;
  /** Whether the unpacked form of this name is there. */
  isUnpacked(name: string): boolean;
  /** Makes an unpacked form; two calls for one name join, and another process may make the same one. */
  unpack(order: UnpackOrder): Promise<void>;
  /**
   * A small file of an unpacked form; no link is followed. Undefined when the form has no regular file there, or it is
   * larger than the limit.
   */
  readFile(name: string, path: string, limitBytes: number): Promise<Uint8Array | undefined>;
  open(order: WorkspaceOrder): Promise<Workspace>;
}

export interface UnpackOrder {
  /** Hex of the diffId for a layer that stands alone, else `chain-` and hex of the chain ID. */
  readonly name: string;
  /** What the folder will hold. Every parent folder has a row and hard links stay inside: the caller saw to it. */
  readonly changes: EntryTable;
  /** Slices of `diffId` are read from this blob of the store, in one pass. */
  readonly layer?: { readonly diffId: Digest; readonly blob: Descriptor };
  /** Slices of these layers are read from uncompressed tars (absolute paths); wins over `layer`. */
  readonly tars: ReadonlyMap<Digest, string>;
  readonly signal?: AbortSignal;
  /** Told how many bytes of contents have been written so far. */
  onProgress?(bytes: number): void;
}

export interface WorkspaceOrder {
  /** Names of unpacked layers, the lowest first; no duplicates. */
  readonly lowers: readonly string[];
  /**
   * Mount points, laid above the lowers and below what the process writes: folders and empty files, parents included
   * with the image's attributes. Has rows for dev, proc and sys, and for the target of each of the process's files.
   */
  readonly stubs: EntryTable;
  /** Paths of `stubs` that the image does not have. */
  readonly phantoms: readonly string[];
  /** Of the root folder. */
  readonly root: Attributes;
}

/** One root file system that a process may change. Disposing discards what is not packed. */
export interface Workspace extends AsyncDisposable {
  /** Once. A process that fails is no error here; one that cannot be started is. */
  run(process: SandboxProcess): Promise<ProcessExit>;
  /** Packs what differs into the store; the folder becomes the unpacked form of the new layer. Once, after `run`. */
  pack(options: PackChangesOptions): Promise<PackedChanges>;
}

export interface SandboxProcess {
  /** The first is looked up in the PATH of `env`, inside the root. */
  readonly args: readonly string[];
  /** All variables, in order. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Absolute, without symbolic links. */
  readonly cwd: string;
  /** Whether `cwd`, or a part of it, has to be made first: 0755, root's. */
  readonly createCwd: boolean;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly network: "host" | "none";
  readonly hostname: string;
  /** Mounted over empty files of `stubs`; the process may write them, and that is not kept. */
  readonly files: readonly ProcessFile[];
  /** Files below /dev, as `pipes/EOF`, of mode 0755. */
  readonly devFiles: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** A program in the image that works as env(1), for variables that no program of this machine may be given. */
  readonly envProgram?: string;
  /** Of /dev/shm; default 64 MiB. */
  readonly shmBytes?: number;
  /** Ends everything in the workspace at once. */
  readonly signal?: AbortSignal;
  onOutput?(stream: "stdout" | "stderr", bytes: Uint8Array): void;
}

export interface ProcessFile {
  /** An absolute path, which `stubs` has an empty file at. */
  readonly target: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

export interface ProcessExit {
  /** 0..255; 128 and the number of the signal for one that was killed. */
  readonly status: number;
  /** The status is 137, and the kernel has killed something for want of memory meanwhile. */
  readonly outOfMemory: boolean;
}

export interface PackChangesOptions {
  readonly compression?: Compression;
  /** Later times are written as this one, in seconds since 1970. */
  readonly clampMtimeSec?: number;
  readonly signal?: AbortSignal;
  /** Told how many bytes of the tar are packed so far. */
  onProgress?(bytes: number): void;
}

export interface PackedChanges {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly warnings: readonly SandboxWarning[];
}

/** What is no error, but not as it would be elsewhere either. */
export type SandboxWarningCode =
  /** Devices of a layer that only root can make. */
  | "DEVICES_LEFT_OUT"
  /** Attributes of a layer that this machine does not let us set. */
  | "XATTRS_LEFT_OUT"
  /** Sockets that a process has left, which no layer can hold. */
  | "SOCKETS_LEFT_OUT"
  /** Unpacked files have times that are right only to the microsecond. */
  | "TIMES_ROUNDED"
  /** A process sees this machine's host name. */
  | "HOSTNAME_KEPT"
  /** A part of this machine's /proc or /sys that could not be hidden. */
  | "MACHINE_VISIBLE";

export interface SandboxWarning {
  readonly code: SandboxWarningCode;
  readonly message: string;
}
