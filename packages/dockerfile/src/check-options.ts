// The value of `# check=` and of the build argument BUILDKIT_DOCKERFILE_CHECK:
// `skip=<rules or all>;error=<bool>;experimental=<rules or all>`. Names of rules are case-sensitive.

import { DockerfileError, quote } from "./dockerfile-error.ts";
import { parseBoolean } from "./parse-boolean.ts";
import { formatSuggestion, suggest } from "./suggest.ts";
import { trimSpace } from "./white-space.ts";

/** Which build checks to skip, and whether their warnings are errors. */
export interface CheckOptions {
  readonly skip: "all" | ReadonlySet<string>;
  readonly experimental: "all" | ReadonlySet<string>;
  readonly error: boolean;
}

/** Parses the options; an empty text gives the defaults. Throws `DIRECTIVE_INVALID`. */
export function parseCheckOptions(text: string): CheckOptions {
  let skip: CheckOptions["skip"] = new Set();
  let experimental: CheckOptions["experimental"] = new Set();
  let error = false;
  for (const option of trimSpace(text) === "" ? [] : text.split(";")) {
    const equals = option.indexOf("=");
    const key = trimSpace(equals === -1 ? option : option.slice(0, equals));
    const value = trimSpace(equals === -1 ? "" : option.slice(equals + 1));
    if (equals === -1) throw invalid(option, "it must be skip=…, error=… or experimental=…");
    if (key === "skip") skip = parseRules(value);
    else if (key === "experimental") experimental = parseRules(value);
    else if (key === "error") error = parseFlag(option, value);
    else
      throw invalid(
        option,
        `unknown option${formatSuggestion(suggest(key, ["skip", "error", "experimental"]))}`,
      );
  }
  return { skip, experimental, error };
}

function parseRules(value: string): "all" | ReadonlySet<string> {
  return value === "all" ? "all" : new Set(value.split(",").map(trimSpace));
}

function parseFlag(option: string, value: string): boolean {
  const flag = parseBoolean(value);
  if (flag === undefined) throw invalid(option, "error is true or false");
  return flag;
}

function invalid(option: string, reason: string): DockerfileError {
  return new DockerfileError(
    "DIRECTIVE_INVALID",
    `Cannot parse the check option ${quote(option)}: ${reason}`,
  );
}
