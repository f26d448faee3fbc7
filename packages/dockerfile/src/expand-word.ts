// Expansion of words: what `$v`, `${v:-w}`, quotes and escapes in an argument mean, given an environment.

import { DockerfileError, quote } from "./dockerfile-error.ts";
import { LexerError, type LexerOptions, WordLexer } from "./word-lexer.ts";

/** Looks a variable up; `undefined` means that it is not set, which differs from empty. */
export type Environment = (name: string) => string | undefined;

/** How words are expanded. By default as the arguments of instructions are. */
export interface ExpandOptions {
  /** The escape token of the Dockerfile; a backslash by default. */
  readonly escape?: "\\" | "`" | undefined;
  /** Leave quotes in the result. */
  readonly keepQuotes?: boolean | undefined;
  /** Leave escape tokens in the result. */
  readonly keepEscapes?: boolean | undefined;
  /** Treat quotes as ordinary characters, as in the body of a heredoc. */
  readonly ignoreQuotes?: boolean | undefined;
  /** Leave variables that are not set as written. */
  readonly keepUnset?: boolean | undefined;
}

/** The word with variables put in and quotes and escapes taken off. Throws `EXPANSION`. */
export function expandWord(text: string, env: Environment, options: ExpandOptions = {}): string {
  return read(text, env, options, (lexer) => lexer.readText());
}

/** As `expandWord`, then split at white space that is not quoted; words that are empty are dropped. */
export function expandWords(text: string, env: Environment, options: ExpandOptions = {}): string[] {
  return read(text, env, options, (lexer) => lexer.readWords());
}

/** The body of a heredoc of COPY or ADD, expanded: quotes are text, and the escape token is always a backslash. */
export function expandHeredoc(content: string, env: Environment): string {
  return expandWord(content, env, { ignoreQuotes: true });
}

/** The names of the variables that the word's expansion asks for, in order of appearance, each once. */
export function variablesIn(text: string, options: ExpandOptions = {}): string[] {
  const names = new Set<string>();
  const env = (name: string) => {
    names.add(name);
    // Set and not empty, so that `${v:?…}` does not fail.
    return "x";
  };
  expandWord(text, env, options);
  return [...names];
}

function read<Result>(
  text: string,
  env: Environment,
  options: ExpandOptions,
  run: (lexer: WordLexer) => Result,
): Result {
  const lexerOptions: LexerOptions = {
    escape: options.escape ?? "\\",
    keepQuotes: options.keepQuotes ?? false,
    keepEscapes: options.keepEscapes ?? false,
    ignoreQuotes: options.ignoreQuotes ?? false,
    keepUnset: options.keepUnset ?? false,
  };
  try {
    return run(new WordLexer(text, env, lexerOptions));
  } catch (error) {
    if (!(error instanceof LexerError)) throw error;
    throw new DockerfileError("EXPANSION", `Cannot expand ${quote(text)}: ${error.message}`, {
      cause: error,
    });
  }
}
