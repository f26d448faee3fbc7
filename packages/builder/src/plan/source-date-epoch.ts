// SOURCE_DATE_EPOCH as a global ARG of the Dockerfile: a default for when neither the command line nor the
// environment gives one. https://github.com/moby/buildkit (dockerfile2llb: epoch.go)
import type { Dockerfile } from "@tsbuild/dockerfile";
import { BuildError, messageOf } from "../build-error.ts";
import type { OpenBuild } from "../open-build.ts";
import { globalScope } from "./global-scope.ts";

const name = "SOURCE_DATE_EPOCH";
/** The last second of the year 9999: later ones have no RFC 3339 form. */
const latest = 253_402_300_799;

/** The build with the time that the Dockerfile asks for, if it does. Throws BuildError with the place. */
export function withEpochOf(dockerfile: Dockerfile, open: OpenBuild): OpenBuild {
  const { options } = open;
  const buildArgs = new Map(Object.entries(options.buildArgs ?? {}));
  const declared = dockerfile.globalArgs.findLast(({ args }) => args.some((arg) => arg.name.text === name));
  if (declared === undefined || options.sourceDateEpoch !== undefined || buildArgs.has(name)) return open;
  const [platform = open.buildPlatform] = open.platforms;
  const location = { path: dockerfile.path, source: dockerfile.source };
  const { defaults } = globalScope(dockerfile, {
    platform,
    buildPlatform: open.buildPlatform,
    targetName: options.target ?? "",
    buildArgs,
    wrap: (span, work) => {
      try {
        return work();
      } catch (cause) {
        throw new BuildError("DOCKERFILE_INVALID", messageOf(cause), {
          location: { ...location, span },
          cause,
        });
      }
    },
  });
  const text = defaults.get(name) ?? "";
  if (text === "") return open;
  if (!/^\d{1,12}$/.test(text) || Number(text) > latest) {
    throw new BuildError(
      "UNSUPPORTED",
      `Cannot use ${name}=${text}: it must be whole seconds since 1970 (names of contexts and stages are not supported yet)`,
      { location: { ...location, span: declared.span } },
    );
  }
  return { ...open, options: { ...options, sourceDateEpoch: Number(text) } };
}
