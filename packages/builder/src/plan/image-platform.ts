// The platform that the image says it is for. Asked for with `--platform`, it is that one, whatever FROM --platform
// took its base from; otherwise the image is for what its base is for.
// https://github.com/moby/buildkit (dockerfile2llb: finalizeResultImage)
import { normalizePlatform, type ImageConfig, type Platform } from "@tsbuild/oci";

/** `asked` is undefined when no platform was asked for; `stage` is the platform that a target on scratch is for. */
export function imagePlatform(o: {
  readonly asked: Platform | undefined;
  readonly stage: Platform;
  readonly base: ImageConfig | undefined;
}): Platform {
  const { asked, stage, base } = o;
  if (base === undefined) return asked ?? stage;
  const inherited = platformOf(base);
  if (asked === undefined) return normalizePlatform(inherited);
  const same = asked.os === inherited.os && asked.architecture === inherited.architecture;
  // What the base says more exactly stays: the request names only what it has to.
  return normalizePlatform(same ? { ...inherited, ...asked } : asked);
}

function platformOf(config: ImageConfig): Platform {
  const { os, architecture, variant } = config;
  const { "os.version": version, "os.features": features } = config;
  return {
    os,
    architecture,
    ...(variant === undefined || variant === "" ? {} : { variant }),
    ...(version === undefined || version === "" ? {} : { "os.version": version }),
    ...(features === undefined ? {} : { "os.features": features }),
  };
}
