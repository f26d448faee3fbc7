// A name given to a flag or command, completed as docker does: `app` is docker.io/library/app:latest.
import { formatReference, parseReference, withDefaultTag, type Reference } from "@tsbuild/oci";
import { messageOf, usageError } from "../cli-error.ts";

/** The name with its defaults filled in; wrong grammar is a usage error. */
export function parseImageName(text: string, flag?: string): Reference {
  try {
    return withDefaultTag(parseReference(text));
  } catch (error) {
    if (flag === undefined) throw usageError(messageOf(error), { cause: error });
    throw usageError(`Cannot use ${flag} ${text}: ${messageOf(error)}`, { cause: error });
  }
}

/** A name that an image can be given: with a tag, without a digest. */
export function parseTag(text: string, flag?: string): Reference {
  const reference = parseImageName(text, flag);
  if (reference.digest !== undefined) {
    throw usageError(
      `Cannot use ${flag ?? "name"} ${text}: a name with a digest cannot be given to an image`,
    );
  }
  return reference;
}

/** How names are written in the local store, in metadata files, in output. */
export function fullName(reference: Reference): string {
  return formatReference(reference);
}

/** The registry of a full name. */
export function hostOfName(name: string): string {
  return parseReference(name).registry;
}
