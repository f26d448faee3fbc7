// What a caller asks of `build` and what it gets back. Plain data, apart from the open store and client.
import type { Descriptor, Digest, Platform, Reference } from "@tsbuild/oci";
import type { RegistryClient } from "@tsbuild/registry-client";
import type { Sandbox, SandboxOptions } from "@tsbuild/sandbox";
import type { LocalStore } from "@tsbuild/store";
import type { Report } from "./progress-event.ts";

/** One `--output`. Several may follow one build. `dest` "-" is standard output where the kind is a stream. */
export type Output =
  /** Into the local store under `names` (default: the build's tags); `push` also sends it to the registries named. */
  | { readonly type: "image"; readonly names?: readonly string[]; readonly push?: boolean }
  | { readonly type: "oci"; readonly dest: string; readonly tar: boolean; readonly names?: readonly string[] }
  | { readonly type: "docker"; readonly dest: string; readonly names?: readonly string[] }
  /** The final filesystem as files in a folder. */
  | { readonly type: "local"; readonly dest: string }
  /** The final filesystem as one tar. */
  | { readonly type: "tar"; readonly dest: string };

export interface BuildOptions {
  /** The context folder. */
  readonly context: string;
  /** Path of the Dockerfile (default `Dockerfile` in the context), or its text under `dockerfileText`. */
  readonly dockerfile?: string;
  readonly dockerfileText?: string;
  readonly tags?: readonly string[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Keys may be prefixed `manifest:`, `index:`, `manifest-descriptor:`, `index-descriptor:`, as docker's. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: the host's. Several make an index. */
  readonly platforms?: readonly Platform[];
  readonly outputs?: readonly Output[];
  /** `true`: ignore the cache for all steps; a list: for the stages named. */
  readonly noCache?: boolean | readonly string[];
  /** Ask the registry even when the local store knows the base's tag. */
  readonly pull?: boolean;
  /** Seconds since 1970: times in config and history, and of what steps copy and make. */
  readonly sourceDateEpoch?: number;
  /** Clamp all file times in new layers to `sourceDateEpoch`, those of unpacked archives too. */
  readonly rewriteTimestamp?: boolean;
  readonly compression?: { readonly kind: "gzip" | "zstd" | "none"; readonly level?: number };
  /** Of each RUN that does not say its own. "default" is the host's. */
  readonly network?: "default" | "none" | "host";
  /** More lines of each RUN's /etc/hosts: IPv4 and IPv6 addresses, of which a name may have several. */
  readonly extraHosts?: readonly { readonly name: string; readonly address: string }[];
  /** How a RUN is kept apart from this machine; "auto" takes the best that works here. */
  readonly isolation?: "auto" | "namespaces";
  /** Size of each RUN's /dev/shm (default: 64 MiB). */
  readonly shmBytes?: number;
  /** What runs a RUN (default: a worker process of `@tsbuild/sandbox`); asked once, when the first one has to run. */
  readonly openSandbox?: (options: SandboxOptions) => Promise<Sandbox>;
  readonly store: LocalStore;
  readonly registries: RegistryClient;
  readonly report?: Report;
  readonly signal?: AbortSignal;
  /** How many blobs travel at once (default: the number of CPUs, at least 2). */
  readonly jobs?: number;
}

/** What one platform's build gave. */
export interface BuiltImage {
  readonly platform: Platform;
  readonly manifest: Descriptor;
  /** The digest of the config: docker's image ID. */
  readonly config: Descriptor;
}

export interface BuildResult {
  /** The manifest, or the index when several platforms were asked for. */
  readonly root: Descriptor;
  readonly images: readonly BuiltImage[];
  /** References that the image now has (in the local store and, if pushed, on registries). */
  readonly names: readonly Reference[];
  readonly digest: Digest;
  readonly steps: { readonly total: number; readonly cached: number };
}
