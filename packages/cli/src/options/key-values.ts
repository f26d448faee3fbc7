// `--build-arg`, `--label` and `--annotation`: repeated keys and values, by docker's rules for those without "=".
import { usageError } from "../cli-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `K=V` sets; `K` takes the environment's value and is left out when there is none. The last of a key counts. */
export function parseBuildArgs(values: readonly string[], env: Environment): Record<string, string> {
  const args: Record<string, string> = {};
  for (const text of values) {
    const { key, value } = split(text, "--build-arg");
    const set = value ?? env[key];
    if (set !== undefined) define(args, key, set);
    else delete args[key];
  }
  return args;
}

/** `K=V`; `K` alone is the label with an empty value. */
export function parseLabels(values: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const text of values) {
    const { key, value } = split(text, "--label");
    define(labels, key, value ?? "");
  }
  return labels;
}

const annotationPlaces = ["manifest", "index", "manifest-descriptor", "index-descriptor"];

/**
 * `[place:]K=V`, place one of docker's four, several as `index,manifest:K=V`. The key of the result keeps one
 * place each. Docker's `manifest[linux/amd64]:` is refused.
 */
export function parseAnnotations(values: readonly string[]): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const text of values) {
    const { key, value } = split(text, "--annotation");
    if (value === undefined) throw usageError(`Cannot read --annotation ${text}: it is not key=value`);
    for (const place of placedKeys(key, text)) define(annotations, place, value);
  }
  return annotations;
}

function placedKeys(key: string, text: string): string[] {
  const colon = key.indexOf(":");
  if (colon === -1) return [key];
  const name = key.slice(colon + 1);
  if (name === "") throw usageError(`Cannot read --annotation ${text}: the key is empty`);
  return key
    .slice(0, colon)
    .split(",")
    .map((place) => {
      if (/^[a-z-]+\[.*\]$/.test(place)) {
        throw usageError(
          `Cannot use --annotation ${text}: annotations for one platform of several come in a later release; ` +
            "build that platform alone",
        );
      }
      if (!annotationPlaces.includes(place)) {
        throw usageError(
          `Cannot read --annotation ${text}: "${place}" is none of ${annotationPlaces.join(", ")}`,
        );
      }
      return `${place}:${name}`;
    });
}

function split(text: string, flag: string): { key: string; value: string | undefined } {
  const equals = text.indexOf("=");
  const key = equals === -1 ? text : text.slice(0, equals);
  if (key.trim() === "") throw usageError(`Cannot read ${flag} ${text}: the key is empty`);
  return { key, value: equals === -1 ? undefined : text.slice(equals + 1) };
}

// A key may be `__proto__`: assignment would lose it.
function define(target: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
