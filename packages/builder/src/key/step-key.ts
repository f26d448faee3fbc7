// Cache keys. A key is a digest over what was asked: the format's version, the parent's key, the step's
// definition, the inputs' keys. Each part is framed by its length, so that no two questions look alike.
import { createHasher, type Digest } from "@tsbuild/oci";
import type { Effect } from "../plan/plan.ts";

/** Changes whenever the bytes that a step makes could change without its definition changing. */
const keyVersion = "tsbuild-4";

/** The key of an empty root filesystem. */
export function scratchKey(): Digest {
  return framedDigest([keyVersion, "scratch"]);
}

/** The key of an image used as a base or as an input: what its layers hold, whoever made them. */
export function chainKey(chain: Digest | undefined): Digest {
  return framedDigest([keyVersion, "chain", chain ?? ""]);
}

/** The key of a step. `input` is the digest of the copied content, or the key of the stage that it comes from. */
export function stepKey(
  parent: Digest,
  effect: Effect,
  input: Digest | undefined,
  o: StepKeyOptions,
): Digest {
  return framedDigest([
    keyVersion,
    "step",
    parent,
    ...definitionOf(effect),
    input ?? "",
    o.compression,
    o.timestamps,
  ]);
}

/** What besides the step decides the bytes of its layer. */
export interface StepKeyOptions {
  /** `gzip:4` */
  readonly compression: string;
  /** `""`, or the second that file times are clamped to. */
  readonly timestamps: string;
}

/** The digest of a list of texts, each framed by its length in bytes. */
export function framedDigest(parts: readonly string[]): Digest {
  const hasher = createHasher();
  for (const part of parts) {
    const bytes = Buffer.from(part, "utf8");
    hasher.update(Buffer.from(`${bytes.length}:`));
    hasher.update(bytes);
  }
  return hasher.digest();
}

/** Everything of the effect but where it comes from, which the input's key tells. */
export function definitionOf(effect: Effect): string[] {
  switch (effect.kind) {
    case "workdir":
      return ["workdir", effect.path, effect.user];
    case "run":
      // Not the proxies: how a process reaches the network is no part of the question.
      return [
        "run",
        ...list(effect.args),
        ...list(effect.env.flat()),
        effect.workdir,
        effect.user,
        effect.network,
        effect.hostname,
        ...list(effect.extraHosts.flatMap(({ name, address }) => [name, address])),
        ...list(effect.scripts.flatMap(({ name, content }) => [name, content])),
      ];
    case "copy":
    case "add":
      return [
        effect.kind,
        effect.from.kind,
        ...list(effect.sources),
        ...list(effect.inlineFiles.flatMap((file) => [file.name, file.content])),
        effect.destination,
        effect.workdir,
        effect.chown ?? "",
        effect.chmod ?? "",
        ...list(effect.excludes),
        String(effect.link),
        effect.kind === "copy" ? String(effect.parents) : String(effect.unpack ?? ""),
      ];
  }
}

function list(parts: readonly string[]): string[] {
  return [String(parts.length), ...parts];
}
