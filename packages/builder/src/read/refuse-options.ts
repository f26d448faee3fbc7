// Options that would be ignored though the image would differ by them: refused before anything is read.
import { isOwnFrontend } from "@tsbuild/dockerfile";
import type { BuildOptions } from "../build-options.ts";
import { BuildError } from "../build-error.ts";
import { annotationsByLevel } from "../export/annotations.ts";

/** Throws BuildError OPTION_INVALID or UNSUPPORTED. */
export function refuseOptions(options: BuildOptions): void {
  const args = options.buildArgs ?? {};
  const isSingle = (options.platforms?.length ?? 0) < 2;
  const frontend = args["BUILDKIT_SYNTAX"];
  if (frontend !== undefined && frontend !== "" && !isOwnFrontend(frontend)) {
    throw new BuildError(
      "UNSUPPORTED",
      `Cannot use the frontend "${frontend}" that BUILDKIT_SYNTAX names: tsbuild has the Dockerfile language of docker/dockerfile:1 built in and runs no other; leave the build argument out`,
    );
  }
  if (isTrue(args["BUILDKIT_INLINE_CACHE"])) {
    throw new BuildError(
      "UNSUPPORTED",
      "Cannot use BUILDKIT_INLINE_CACHE: caches in an image are not supported yet; leave the build argument out",
    );
  }
  if (isSingle && isTrue(args["BUILDKIT_MULTI_PLATFORM"])) {
    throw new BuildError(
      "UNSUPPORTED",
      "Cannot use BUILDKIT_MULTI_PLATFORM: an index for one platform is not supported yet; name several platforms with --platform, or leave the build argument out",
    );
  }
  const levels = annotationsByLevel(options.annotations ?? {});
  const [annotation] = Object.keys({ ...levels.index, ...levels["index-descriptor"] });
  if (isSingle && annotation !== undefined) {
    throw new BuildError(
      "OPTION_INVALID",
      `Cannot annotate an index with "${annotation}": a build for one platform makes none; annotate the manifest, or name several platforms with --platform`,
    );
  }
}

/** Go's strconv.ParseBool. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:1|t|true)$/i.test(text);
}
