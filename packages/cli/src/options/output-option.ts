// One `-o`: docker's grammar into the builder's Output, plus what an output says about all layers.
// https://docs.docker.com/reference/cli/docker/buildx/build/#output
import { resolve } from "node:path";
import type { Output } from "@tsbuild/builder";
import { usageError } from "../cli-error.ts";
import { parseBoolean } from "./attributes.ts";
import { parseCompression, type CompressionChoice } from "./compression-option.ts";
import { parseCsvRecord } from "./csv-record.ts";
import { fullName, parseTag } from "./image-name.ts";

/** What one `-o` asks for. `output` is undefined for `type=cacheonly`. */
export interface OutputRequest {
  readonly output: Output | undefined;
  readonly compression?: CompressionChoice | undefined;
  readonly rewriteTimestamp?: boolean | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** `registry.insecure=true`: the registries of its names need no valid TLS. */
  readonly insecure: boolean;
}

/** Parses one value of `-o`. Paths become absolute; "-" stays. */
export function parseOutput(text: string, cwd: string): OutputRequest {
  const taken = new Attributes(text, attributesOf(text));
  const type = taken.take("type");
  if (type === undefined || type === "") throw usageError(`Cannot use --output ${text}: type= is missing`);
  const compression = parseCompression(
    taken.take("compression"),
    taken.take("compression-level"),
    "--output compression",
  );
  if (taken.takeBoolean("force-compression") === true) {
    throw usageError(
      `Cannot use --output ${text}: force-compression comes in a later release; base layers stay as they are`,
    );
  }
  const rewriteTimestamp = taken.takeBoolean("rewrite-timestamp");
  const annotations = taken.takeAnnotations();
  if (taken.takeBoolean("oci-mediatypes") === false) {
    throw usageError(
      `Cannot use --output ${text}: tsbuild writes OCI media types only; leave oci-mediatypes out`,
    );
  }
  for (const harmless of [
    "unpack",
    "dangling-name-prefix",
    "buildinfo",
    "buildinfo-attrs",
    "attestation-inline",
  ]) {
    taken.take(harmless);
  }
  const insecure = taken.takeBoolean("registry.insecure") ?? false;
  const output = makeOutput(type, taken, cwd);
  taken.refuseRest();
  return { output, compression, rewriteTimestamp, annotations, insecure };
}

function attributesOf(text: string): Map<string, string> {
  const fields = parseCsvRecord(text, "--output");
  if (fields.length === 0) throw usageError('Cannot use --output "": it is empty');
  // A value that is one bare word is a folder; "-" is a tar on standard output.
  if (fields.length === 1 && fields[0] === text && !text.startsWith("type=")) {
    return new Map([
      ["type", text === "-" ? "tar" : "local"],
      ["dest", text],
    ]);
  }
  const attributes = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf("=");
    if (equals === -1) throw usageError(`Cannot read --output ${text}: "${field}" is not key=value`);
    attributes.set(field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1));
  }
  return attributes;
}

function makeOutput(type: string, taken: Attributes, cwd: string): Output | undefined {
  switch (type) {
    case "image":
    case "registry":
      return makeImageOutput(type, taken);
    case "oci": {
      const tar = taken.takeBoolean("tar") ?? true;
      const dest = taken.take("dest") ?? (tar ? "-" : undefined);
      if (dest === undefined || (dest === "-" && !tar)) throw taken.refuse("dest=FOLDER is missing");
      return { type: "oci", dest: absolute(dest, cwd), tar, ...takeNames(taken) };
    }
    case "docker": {
      if (taken.takeBoolean("tar") === false) {
        throw taken.refuse("tar=false gives an OCI layout; say type=oci,tar=false");
      }
      const dest = taken.take("dest");
      if (dest === undefined) {
        throw taken.refuse(
          "this release does not talk to a Docker engine; give dest=FILE, or dest=- and pipe it to docker load",
        );
      }
      return { type: "docker", dest: absolute(dest, cwd), ...takeNames(taken) };
    }
    case "local": {
      const dest = taken.take("dest");
      if (dest === undefined || dest === "-") throw taken.refuse("dest=FOLDER is missing");
      refusePlatformSplit(taken);
      const mode = taken.take("mode");
      if (mode !== undefined && mode !== "copy") throw taken.refuse(`mode=${mode} comes in a later release`);
      return { type: "local", dest: absolute(dest, cwd) };
    }
    case "tar":
      refusePlatformSplit(taken);
      return { type: "tar", dest: absolute(taken.take("dest") ?? "-", cwd) };
    case "cacheonly":
      return undefined;
    default:
      throw taken.refuse(
        `there is no type "${type}"; choose image, registry, oci, docker, local, tar or cacheonly`,
      );
  }
}

function makeImageOutput(type: "image" | "registry", taken: Attributes): Output {
  const push = taken.takeBoolean("push") ?? type === "registry";
  if (taken.takeBoolean("push-by-digest") === true) {
    throw taken.refuse(
      "push-by-digest comes in a later release; push a tag and read the digest with --digest-file",
    );
  }
  if (taken.takeBoolean("store") === false) throw taken.refuse("store=false is not done; the image is kept");
  if (taken.takeBoolean("name-canonical") === true)
    throw taken.refuse("name-canonical comes in a later release");
  return { type: "image", push, ...takeNames(taken) };
}

function refusePlatformSplit(taken: Attributes): void {
  if (taken.takeBoolean("platform-split") === false) {
    throw taken.refuse("platform-split=false comes in a later release; build one platform at a time");
  }
}

function takeNames(taken: Attributes): { names?: readonly string[] } {
  const text = taken.take("name");
  if (text === undefined || text === "") return {};
  return { names: text.split(",").map((name) => fullName(parseTag(name.trim(), "--output name"))) };
}

function absolute(dest: string, cwd: string): string {
  return dest === "-" ? dest : resolve(cwd, dest);
}

// Attributes are taken one by one, so that what nobody took is known to be unknown.
class Attributes {
  readonly #text: string;
  readonly #left: Map<string, string>;

  constructor(text: string, attributes: Map<string, string>) {
    this.#text = text;
    this.#left = attributes;
  }

  take(key: string): string | undefined {
    const value = this.#left.get(key);
    this.#left.delete(key);
    return value;
  }

  takeBoolean(key: string): boolean | undefined {
    const value = this.take(key);
    return value === undefined ? undefined : parseBoolean(value, `--output ${key}`);
  }

  /** `annotation.KEY` and `annotation-index.KEY` … as `--annotation` has them. */
  takeAnnotations(): Record<string, string> {
    const annotations: Record<string, string> = {};
    for (const [key, value] of this.#left) {
      const [, place, name] = /^annotation(?:-([a-z-]+))?\.(.+)$/.exec(key) ?? [];
      if (name === undefined) continue;
      annotations[place === undefined ? name : `${place}:${name}`] = value;
      this.#left.delete(key);
    }
    return annotations;
  }

  refuse(why: string): Error {
    return usageError(`Cannot use --output ${this.#text}: ${why}`);
  }

  refuseRest(): void {
    const [unknown] = this.#left.keys();
    if (unknown !== undefined) throw this.refuse(`the attribute ${unknown} is not known for this type`);
  }
}
