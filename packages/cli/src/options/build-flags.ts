// The flags of `tsbuild build` that are done, in the order of the help.
import { done, type Flag } from "./flag.ts";
import { allowFate, isolationFate, networkFate } from "./run-options.ts";

export const buildFlags: readonly Flag[] = [
  { form: "-t, --tag <name>", help: "name of the image, as user/app:tag", repeated: true, fate: done },
  {
    form: "-f, --file <path>",
    help: "the Dockerfile (default: PATH/Dockerfile; - is standard input)",
    fate: done,
  },
  { form: "--target <stage>", help: "the stage to build (default: the last)", fate: done },
  {
    form: "--build-arg <key[=value]>",
    help: "value of an ARG; without a value, that of the environment",
    repeated: true,
    fate: done,
  },
  { form: "--label <key=value>", help: "label of the image", repeated: true, fate: done },
  {
    form: "--annotation <[place:]key=value>",
    help: "annotation of the manifest, or of the place named: index, manifest-descriptor, index-descriptor",
    repeated: true,
    fate: done,
  },
  {
    form: "--platform <platforms>",
    help: "platforms to build for, as linux/amd64,linux/arm64 (default: this machine's)",
    repeated: true,
    fate: done,
  },
  { form: "--push", help: "push every tag to its registry (-o type=registry)", fate: done },
  {
    form: "-o, --output <output>",
    help: "what to make: type=image|registry|oci|docker|local|tar[,dest=PATH][,…]; a bare PATH is type=local",
    repeated: true,
    fate: done,
  },
  { form: "--no-cache", help: "run every step anew", fate: done },
  {
    form: "--no-cache-filter <stages>",
    help: "run the steps of these stages anew",
    repeated: true,
    fate: done,
  },
  {
    form: "--pull",
    help: "ask the registry for each base image, also when the local store has it",
    fate: done,
  },
  {
    form: "--network <mode>",
    help: "network of each RUN: default or host (this machine's), or none",
    fate: networkFate,
  },
  {
    form: "--add-host <host:address>",
    help: "line in the /etc/hosts of each RUN",
    repeated: true,
    fate: done,
  },
  { form: "--shm-size <bytes>", help: "size of /dev/shm in each RUN, as 256m (default: 64m)", fate: done },
  {
    form: "--isolation <mode>",
    help: "how a RUN is kept apart from this machine: auto or namespaces (default: auto)",
    fate: isolationFate,
  },
  {
    form: "--allow <entitlement>",
    help: "entitlement of a RUN",
    repeated: true,
    hidden: true,
    fate: allowFate,
  },
  {
    form: "--progress <mode>",
    help: "auto, plain, tty, quiet, none or rawjson (default: BUILDKIT_PROGRESS, else auto)",
    fate: done,
  },
  { form: "-q, --quiet", help: "no progress; print the image ID", fate: done },
  { form: "--iidfile <file>", help: "write the image ID to a file", fate: done },
  {
    form: "--metadata-file <file>",
    help: "write what was built to a file, as JSON with docker's keys",
    fate: done,
  },
  { form: "--digest-file <file>", help: "write the digest of the image to a file", fate: done },
  { form: "--dry-run", help: "print the plan, run nothing, write nothing", fate: done },
  { form: "--compression <kind>", help: "of new layers: gzip, zstd or uncompressed", fate: done },
  { form: "--compression-level <number>", help: "gzip 0 to 9, zstd 0 to 22", fate: done },
  { form: "--rewrite-timestamp", help: "file times in new layers not after SOURCE_DATE_EPOCH", fate: done },
  { form: "--jobs <number>", help: "steps and transfers at once (default: the number of CPUs)", fate: done },
];

/** Flags that every command that talks to a registry has. */
export const registryFlags: readonly Flag[] = [
  {
    form: "--insecure-registry <host>",
    help: "use this registry without TLS, or without verifying its certificate",
    repeated: true,
    fate: done,
  },
  {
    form: "--registry-ca <file>",
    help: "trust the certificates in this PEM file too",
    repeated: true,
    fate: done,
  },
  { form: "--retry <number>", help: "tries of a request that fails for a passing reason", fate: done },
];

/** Flags of every command. */
export const commonFlags: readonly Flag[] = [
  {
    form: "--store <folder>",
    help: "the local store (default: TSBUILD_STORE, else the XDG data folder)",
    fate: done,
  },
  { form: "-D, --debug", help: "with an error, also print where it came from", fate: done },
];
