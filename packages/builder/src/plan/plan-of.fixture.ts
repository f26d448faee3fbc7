// For tests: plans a Dockerfile given as text, with images given as literals.
import { parseDockerfile } from "@tsbuild/dockerfile";
import {
  digestOf,
  mediaTypes,
  parsePlatform,
  parseReference,
  withDefaultTag,
  type RuntimeConfig,
} from "@tsbuild/oci";
import { imageKey, type ResolvedImage } from "../resolve/resolved-image.ts";
import { planDockerfile, type PlanOutcome } from "./plan-dockerfile.ts";
import type { Plan, PlannedStage } from "./plan.ts";

export interface PlanOfOptions {
  readonly target?: string;
  readonly platform?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Runtime configs by image name. */
  readonly images?: Readonly<Record<string, RuntimeConfig>>;
}

/** What planning gives, missing images and all. */
export function outcomeOf(text: string, o: PlanOfOptions = {}): PlanOutcome {
  const platform = parsePlatform(o.platform ?? "linux/amd64");
  const images = Object.entries(o.images ?? {}).map(([name, config]) => imageOf(name, config, platform));
  return planDockerfile({
    dockerfile: parseDockerfile(text),
    target: o.target,
    platform,
    isPlatformAsked: o.platform !== undefined,
    buildPlatform: parsePlatform("linux/amd64"),
    buildArgs: new Map(Object.entries(o.buildArgs ?? {})),
    labels: new Map(Object.entries(o.labels ?? {})),
    runs: { network: "host", extraHosts: [] },
    images: new Map(images.map((image) => [imageKey(image), image])),
  });
}

/** The plan; an image that is not given is an error. */
export function planOf(text: string, o: PlanOfOptions = {}): Plan {
  const outcome = outcomeOf(text, o);
  if (outcome.kind === "plan") return outcome.plan;
  throw new Error(`missing ${outcome.images.map((image) => image.text).join(", ")}`);
}

/** The target stage of the plan. */
export function targetOf(text: string, o: PlanOfOptions = {}): PlannedStage {
  const plan = planOf(text, o);
  const stage = plan.stages.find((candidate) => candidate.index === plan.target);
  if (stage === undefined) throw new Error("the plan lacks its target");
  return stage;
}

function imageOf(name: string, config: RuntimeConfig, platform: ResolvedImage["platform"]): ResolvedImage {
  const reference = withDefaultTag(parseReference(name));
  return {
    reference,
    platform,
    manifest: { mediaType: mediaTypes.ociManifest, digest: digestOf(name), size: 2 },
    config: {
      architecture: platform.architecture,
      os: platform.os,
      config,
      rootfs: { type: "layers", diff_ids: [] },
    },
    layers: [],
    origin: "local",
  };
}
