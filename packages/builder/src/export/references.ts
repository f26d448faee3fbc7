// The names that an image is given.
import { parseReference, withDefaultTag, type Reference } from "@tsbuild/oci";
import { BuildError, messageOf } from "../build-error.ts";

/** Full references with a tag. A digest cannot be chosen, so a name with one is refused. */
export function referencesOf(names: readonly string[]): Reference[] {
  return names.map((name) => {
    const reference = parse(name);
    if (reference.digest !== undefined) {
      throw new BuildError(
        "OPTION_INVALID",
        `Cannot name the image "${name}": a name may not have a digest; leave out @${reference.digest}`,
      );
    }
    return reference;
  });
}

function parse(name: string): Reference {
  try {
    return withDefaultTag(parseReference(name));
  } catch (error) {
    throw new BuildError("OPTION_INVALID", messageOf(error), { cause: error });
  }
}
