// FROM: an image or an earlier stage, perhaps a platform, perhaps a name.

import { argumentError, type InstructionContext } from "./instruction-context.ts";
import type { FromInstruction } from "./instruction.ts";
import { quote } from "./dockerfile-error.ts";
import { readFlags } from "./flag-set.ts";
import { splitAtBlanks } from "./split-words.ts";

const STAGE_NAME = /^[a-z][a-z0-9\-_.]*$/;

export function parseFrom(context: InstructionContext): FromInstruction {
  const { command } = context;
  const [image, asKeyword, as, ...more] = splitAtBlanks(command.line, command.rest);
  const named = asKeyword?.text.toLowerCase() === "as" && as !== undefined;
  if (image === undefined || more.length > 0 || (asKeyword !== undefined && !named)) {
    throw argumentError(context, "FROM requires either one or three arguments, as in FROM image AS name");
  }
  if (named && !STAGE_NAME.test(as.text.toLowerCase())) {
    const rule = "a name starts with a letter and goes on with letters, digits, '-', '_' and '.'";
    throw argumentError(context, `invalid name for build stage ${quote(as.text)}: ${rule}`, as);
  }
  const platform = readFlags(command, { platform: "text" }).text("platform");
  return {
    ...context.parts,
    kind: "from",
    image,
    ...(platform === undefined ? {} : { platform }),
    ...(named ? { as, asKeyword } : {}),
  };
}
