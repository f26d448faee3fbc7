// The language: text to tree, words to values, ignore files to matchers.
export { type CheckOptions, parseCheckOptions } from "./check-options.ts";
export { type ModeChange, parseChmod } from "./chmod.ts";
export { cleanPath } from "./clean-path.ts";
export {
  DockerfileError,
  type DockerfileErrorCode,
  type ErrorPlace,
  formatError,
  formatExcerpt,
} from "./dockerfile-error.ts";
export { parseDuration } from "./duration.ts";
export {
  type Environment,
  expandHeredoc,
  type ExpandOptions,
  expandWord,
  expandWords,
  variablesIn,
} from "./expand-word.ts";
export { parsePorts } from "./exposed-ports.ts";
export { formatDockerfile, formatInstruction } from "./format-dockerfile.ts";
export { isOwnFrontend } from "./frontend.ts";
export { type IgnorePattern, parseIgnoreFile, parseIgnorePattern } from "./ignore-file.ts";
export { IgnoreMatcher } from "./ignore-matcher.ts";
export type * from "./instruction.ts";
export { compilePath, matchPath } from "./match-path.ts";
export { parseDockerfile, type ParseOptions, parseTrigger, placeOf } from "./parse-dockerfile.ts";
export { type CacheSharing, type ResolvedMount, resolveMount } from "./resolve-mount.ts";
export { type RunForm, runFormOf } from "./run-form.ts";
export { parseStopSignal } from "./stop-signal.ts";
export { suggest } from "./suggest.ts";
