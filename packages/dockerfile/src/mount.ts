// The options of `RUN --mount` as written: fields, keys, and all that can be checked without an environment.

import { parseCsvFields } from "./csv-fields.ts";
import { DockerfileError, quote } from "./dockerfile-error.ts";
import { isVariable } from "./has-variable.ts";
import { type InstructionContext, placeOfWord } from "./instruction-context.ts";
import type { Mount, Word } from "./instruction.ts";
import { readMountOptions } from "./resolve-mount.ts";

/** Parses the value of one `--mount`. Throws `MOUNT_INVALID`. */
export function parseMount(context: InstructionContext, word: Word): Mount {
  try {
    const options = parseOptions(word.text);
    const { type } = readMountOptions(options, (value) => (isVariable(value) ? undefined : value));
    return { ...(type === undefined ? {} : { type }), options, text: word.text, span: word.span };
  } catch (error) {
    if (error instanceof DockerfileError) throw error.at(placeOfWord(context, word));
    throw error;
  }
}

function parseOptions(text: string): ReadonlyMap<string, string | undefined> {
  const fields = parseCsvFields(text);
  if (fields === undefined) {
    throw new DockerfileError(
      "MOUNT_INVALID",
      `Cannot use the mount: the quotes in ${quote(text)} do not match`,
    );
  }
  const options = new Map<string, string | undefined>();
  for (const field of fields) {
    const equals = field.indexOf("=");
    const key = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
    options.set(key, equals === -1 ? undefined : field.slice(equals + 1));
  }
  return options;
}
