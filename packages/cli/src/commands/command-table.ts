// Every command, in the order of the help.
import { buildFlags, commonFlags, registryFlags } from "../options/build-flags.ts";
import { done, refused, type Flag } from "../options/flag.ts";
import { undoneFlags } from "../options/undone-flags.ts";
import type { CommandSpec } from "./command.ts";

const quiet = (help: string): Flag => ({ form: "-q, --quiet", help, fate: done });
const format: Flag = { form: "--format <format>", help: "table or json (one object a line)", fate: done };
const noTruncation: Flag = { form: "--no-trunc", help: "do not cut long values", fate: done };
const progress: Flag = {
  form: "--progress <mode>",
  help: "auto, plain, tty, quiet, none or rawjson",
  fate: done,
};
const jobs: Flag = { form: "--jobs <number>", help: "blobs that travel at once (default: 4)", fate: done };
const platform = (help: string): Flag => ({ form: "--platform <platform>", help, fate: done });
const transfer: readonly Flag[] = [progress, jobs, ...registryFlags];

export const commandTable: readonly CommandSpec[] = [
  {
    name: "build",
    summary: "build an image from a Dockerfile (the default command)",
    args: "[path...]",
    group: "Build",
    flags: [...buildFlags, ...registryFlags, ...undoneFlags],
    byDefault: true,
    load: () => import("./build.ts"),
  },
  {
    name: "pull",
    summary: "copy an image from a registry to the local store",
    args: "<name>",
    group: "Images",
    flags: [
      platform("the platform to pull (default: this machine's)"),
      quiet("print the name only"),
      {
        form: "-a, --all-tags",
        help: "every tag",
        hidden: true,
        fate: refused("it comes in a later release; name each tag"),
      },
      { form: "--disable-content-trust", help: "legacy", hidden: true, fate: done },
      ...transfer,
    ],
    load: () => import("./pull.ts"),
  },
  {
    name: "push",
    summary: "copy an image from the local store to its registry",
    args: "<name>",
    group: "Images",
    flags: [
      platform("push the image for this platform only"),
      { form: "-a, --all-tags", help: "push every tag of the repository", fate: done },
      quiet("print the name only"),
      { form: "--disable-content-trust", help: "legacy", hidden: true, fate: done },
      ...transfer,
    ],
    load: () => import("./push.ts"),
  },
  {
    name: "tag",
    summary: "give an image in the local store one more name",
    args: "<image> <name>",
    group: "Images",
    flags: [],
    load: () => import("./tag.ts"),
  },
  {
    name: "images",
    summary: "list the images in the local store",
    args: "[name]",
    group: "Images",
    flags: [
      quiet("print image IDs only"),
      { form: "--digests", help: "show digests", fate: done },
      noTruncation,
      format,
      { form: "-a, --all", help: "every image (there are no hidden ones)", hidden: true, fate: done },
    ],
    load: () => import("./images.ts"),
  },
  {
    name: "rmi",
    summary: "remove names, or all names of an image, from the local store",
    args: "<image...>",
    group: "Images",
    flags: [
      { form: "-f, --force", help: "by ID: remove all names; a missing image is no error", fate: done },
      { form: "--no-prune", help: "legacy", hidden: true, fate: done },
    ],
    load: () => import("./rmi.ts"),
  },
  {
    name: "inspect",
    summary: "print all about images in the local store, as JSON",
    args: "<image...>",
    group: "Images",
    flags: [
      platform("which image of an index (default: this machine's)"),
      { form: "-f, --format <format>", help: "json", fate: done },
    ],
    load: () => import("./inspect.ts"),
  },
  {
    name: "history",
    summary: "show the steps that an image was made by",
    args: "<image>",
    group: "Images",
    flags: [
      platform("which image of an index (default: this machine's)"),
      quiet("print image IDs only"),
      noTruncation,
      format,
    ],
    load: () => import("./history.ts"),
  },
  {
    name: "save",
    summary: "write images to an archive",
    args: "<image...>",
    group: "Images",
    flags: [
      {
        form: "-o, --output <path>",
        help: "a file, or the folder of oci-dir (default: standard output)",
        fate: done,
      },
      {
        form: "--format <format>",
        help: "docker-archive (for docker load), oci-archive or oci-dir (default: docker-archive)",
        fate: done,
      },
      platform("save the image for this platform only"),
      ...registryFlags,
    ],
    load: () => import("./save.ts"),
  },
  {
    name: "load",
    summary: "read images from an archive into the local store",
    args: "",
    group: "Images",
    flags: [
      {
        form: "-i, --input <path>",
        help: "a docker or OCI archive, or an OCI folder (default: standard input)",
        fate: done,
      },
      quiet("no progress"),
      progress,
    ],
    load: () => import("./load.ts"),
  },
  {
    name: "registry",
    summary: "serve a registry from a folder until interrupted",
    args: "",
    group: "Registries",
    flags: [
      { form: "--listen <host:port>", help: "address (default: 127.0.0.1:5000; port 0 is any)", fate: done },
      { form: "--read-only", help: "refuse pushes", fate: done },
    ],
    load: () => import("./registry.ts"),
  },
  {
    name: "version",
    summary: "print the versions of tsbuild and of what it runs on",
    args: "",
    group: "Other",
    flags: [{ form: "--format <format>", help: "text or json", fate: done }],
    load: () => import("./version.ts"),
  },
];

/** All flags of a command, those that every command has included. */
export function flagsOf(command: CommandSpec): readonly Flag[] {
  return [...command.flags, ...commonFlags];
}
