// `--annotation [level:]key=value`: which document each one goes into. Without a level it is the manifest.
// https://docs.docker.com/build/metadata/annotations/
import { BuildError } from "../build-error.ts";

const levels = ["manifest", "index", "manifest-descriptor", "index-descriptor"] as const;

export type AnnotationLevel = (typeof levels)[number];

/** The annotations by level. A key may name several levels (`index,manifest:key`). */
export function annotationsByLevel(
  annotations: Readonly<Record<string, string>>,
): Record<AnnotationLevel, Record<string, string>> {
  const result: Record<AnnotationLevel, Record<string, string>> = {
    manifest: {},
    index: {},
    "manifest-descriptor": {},
    "index-descriptor": {},
  };
  for (const [given, value] of Object.entries(annotations)) {
    const match = /^((?:manifest|index)(?:-descriptor)?(?:\[[^\]]*\])?(?:,[a-z[\]/-]+)*):(.+)$/s.exec(given);
    const key = match?.[2] ?? given;
    for (const level of (match?.[1] ?? "manifest").split(",")) {
      if (!isLevel(level)) {
        throw new BuildError(
          "OPTION_INVALID",
          `Cannot use the annotation "${given}": "${level}" is not one of ${levels.join(", ")}`,
        );
      }
      result[level][key] = value;
    }
  }
  return result;
}

function isLevel(text: string): text is AnnotationLevel {
  return (levels as readonly string[]).includes(text);
}
