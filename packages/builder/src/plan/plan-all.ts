// One plan a platform. Planning and resolving take turns until no plan lacks an image.
import type { Dockerfile } from "@tsbuild/dockerfile";
import { formatFamiliar, type Platform } from "@tsbuild/oci";
import { BuildError, messageOf } from "../build-error.ts";
import type { OpenBuild } from "../open-build.ts";
import { resolveImages } from "../resolve/resolve-images.ts";
import { imageKey, type ImageRequest, type ResolvedImage } from "../resolve/resolved-image.ts";
import { unknownFilters } from "./no-cache.ts";
import { planDockerfile } from "./plan-dockerfile.ts";
import type { Plan } from "./plan.ts";
import { stageHint } from "./stage-name.ts";

/** The plans, in the order of the platforms. */
export async function planAll(dockerfile: Dockerfile, open: OpenBuild): Promise<Plan[]> {
  const { options, platforms } = open;
  const images = new Map<string, ResolvedImage>();
  const buildArgs = new Map(Object.entries(options.buildArgs ?? {}));
  const labels = new Map(Object.entries(options.labels ?? {}));
  for (;;) {
    const outcomes = platforms.map((platform: Platform) =>
      planDockerfile({
        dockerfile,
        target: options.target,
        platform,
        isPlatformAsked: (options.platforms?.length ?? 0) > 0,
        buildPlatform: open.buildPlatform,
        buildArgs,
        labels,
        runs: {
          network: options.network === "none" ? "none" : "host",
          extraHosts: options.extraHosts ?? [],
        },
        images,
      }),
    );
    const missing = new Map<string, ImageRequest>();
    for (const outcome of outcomes) {
      if (outcome.kind === "missing") for (const image of outcome.images) missing.set(imageKey(image), image);
    }
    const plans = outcomes.flatMap((outcome) => (outcome.kind === "plan" ? [outcome.plan] : []));
    if (plans.length === outcomes.length) return warned(plans, dockerfile, open);
    for (const [key, image] of await resolveAll([...missing.values()], dockerfile, open))
      images.set(key, image);
  }
}

async function resolveAll(
  requests: readonly ImageRequest[],
  dockerfile: Dockerfile,
  open: OpenBuild,
): Promise<Map<string, ResolvedImage>> {
  const { options, progress, signal } = open;
  const resolved = await Promise.all(
    requests.map((request) =>
      progress.step(`[internal] load metadata for ${formatFamiliar(request.reference)}`, async () => {
        try {
          return await resolveImages([request], {
            store: options.store,
            registries: options.registries,
            pull: options.pull,
            signal,
            warn: (code, message, span) => progress.warn(code, message, span),
          });
        } catch (error) {
          if (signal.aborted) throw error;
          const location = { path: dockerfile.path, source: dockerfile.source, span: request.neededBy.span };
          const { trigger } = request.neededBy;
          const prefix = trigger === undefined ? "" : `ONBUILD ${trigger.split("\n", 1)[0] ?? ""}: `;
          const message =
            prefix + messageOf(error) + stageHint(dockerfile, request.text, request.neededBy.span);
          throw new BuildError("IMAGE_UNAVAILABLE", message, { location, cause: error });
        }
      }),
    ),
  );
  return new Map(resolved.flatMap((map) => [...map]));
}

function warned(plans: Plan[], dockerfile: Dockerfile, open: OpenBuild): Plan[] {
  for (const name of unknownFilters(dockerfile, open.options.noCache)) {
    open.progress.warn("UnknownStage", `--no-cache-filter ${name} has no effect: no stage has that name`);
  }
  for (const name of plans[0]?.unusedBuildArgs ?? []) {
    open.progress.warn(
      "UnusedBuildArg",
      `The build argument ${name} was given, but no ARG in the Dockerfile takes it`,
    );
  }
  return plans;
}
