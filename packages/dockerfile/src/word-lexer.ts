// Quotes, escapes and variables of one word. The reading is one pass with one method for each construct; the
// tables of section 1.2 of the specification are its tests.
// https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/shell/lex.go

import { replaceAll, replaceFirst, ShellPatternError, trimPrefix, trimSuffix } from "./shell-pattern.ts";
import { WordCollector } from "./word-collector.ts";

/** How a word is read. */
export interface LexerOptions {
  readonly escape: string;
  /** Quotes stay in the result (they still quote). */
  readonly keepQuotes: boolean;
  /** Escape tokens stay in the result (they still escape). */
  readonly keepEscapes: boolean;
  /** Quotes are ordinary characters: the body of a heredoc. */
  readonly ignoreQuotes: boolean;
  /** Variables that are not set stay as they are written. */
  readonly keepUnset: boolean;
}

/** A word that cannot be expanded; the message is the bare reason. */
export class LexerError extends Error {
  override readonly name = "LexerError";
}

const MAX_RESULT_LENGTH = 16 * 1024 * 1024;
const MAX_DEPTH = 200;
const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}_]$/u;
const DIGIT = /^\p{Nd}$/u;
/** Quotes, and what may begin a heredoc. */
const QUOTES: ReadonlySet<string> = new Set(["'", '"', "<"]);
const SPECIAL_NAMES = "@*#?-$!0";

/** Reads one text once, to a text or to words. */
export class WordLexer {
  readonly #text: string;
  readonly #lookup: (name: string) => string | undefined;
  readonly #options: LexerOptions;
  #at = 0;
  #depth = 0;
  #rawEscapes: boolean;

  constructor(text: string, lookup: (name: string) => string | undefined, options: LexerOptions) {
    this.#text = text;
    this.#lookup = lookup;
    this.#options = options;
    this.#rawEscapes = options.keepEscapes;
  }

  readText(): string {
    return this.#readUntil(undefined, this.#rawEscapes);
  }

  readWords(): string[] {
    const words = new WordCollector();
    this.#readUntil(undefined, this.#rawEscapes, words);
    return words.finish();
  }

  #readUntil(stop: string | undefined, rawEscapes: boolean, words?: WordCollector): string {
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    if (++this.#depth > MAX_DEPTH)
      throw new LexerError(`substitutions are nested more than ${MAX_DEPTH} deep`);
    let result = "";
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === stop) {
        this.#at++;
        this.#depth--;
        this.#rawEscapes = outer;
        return result;
      }
      const piece = this.#readPiece(character, stop);
      result += piece;
      // What is quoted or escaped stays in its word.
      if (character === "$" || this.#isPlain(character)) words?.addSplit(piece);
      else words?.addWhole(piece);
      checkLength(result);
    }
    if (stop !== undefined)
      throw new LexerError(`unexpected end of statement while looking for matching ${stop}`);
    this.#depth--;
    return result;
  }

  #readPiece(character: string, stop: string | undefined): string {
    if (character === "$") return this.#readDollar();
    if (character === this.#options.escape) return this.#readEscape();
    if (!this.#options.ignoreQuotes) {
      if (character === "'") return this.#readSingleQuotes();
      if (character === '"') return this.#readDoubleQuotes();
      if (character === "<") return this.#readPossibleHeredoc();
    }
    return this.#readPlain(stop);
  }

  #isPlain(character: string): boolean {
    if (character === "$" || character === this.#options.escape) return false;
    return this.#options.ignoreQuotes || !QUOTES.has(character);
  }

  #readPlain(stop: string | undefined): string {
    const start = this.#at;
    this.#at++;
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === stop || !this.#isPlain(character)) break;
      this.#at++;
    }
    return this.#text.slice(start, this.#at);
  }

  #readEscape(): string {
    const raw = this.#rawEscapes ? this.#options.escape : "";
    this.#at++;
    return raw + this.#nextCharacter();
  }

  /** `<<` with the blanks after it is one piece, so that `<< EOF` is one word. */
  #readPossibleHeredoc(): string {
    const start = this.#at++;
    if (this.#text[this.#at] !== "<") return "<";
    this.#at++;
    while (" \t\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #readSingleQuotes(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1)
      throw new LexerError("unexpected end of statement while looking for matching single-quote");
    const quoted = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return this.#options.keepQuotes ? quoted : quoted.slice(1, -1);
  }

  #readDoubleQuotes(): string {
    this.#at++;
    let result = this.#options.keepQuotes ? '"' : "";
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) {
        throw new LexerError("unexpected end of statement while looking for matching double-quote");
      }
      if (character === '"') {
        this.#at++;
        return this.#options.keepQuotes ? result + character : result;
      }
      result += character === "$" ? this.#readDollar() : this.#readQuotedCharacter(character);
      checkLength(result);
    }
  }

  /** Inside double quotes only `"`, `$` and the escape token itself can be escaped. */
  #readQuotedCharacter(character: string): string {
    this.#at++;
    const { escape } = this.#options;
    if (character !== escape) return character;
    const raw = this.#rawEscapes ? character : "";
    const next = this.#text[this.#at];
    if (next === undefined) return raw;
    if (next !== '"' && next !== "$" && next !== escape) return raw + character;
    this.#at++;
    return raw + next;
  }

  #readDollar(): string {
    this.#at++;
    if (this.#text[this.#at] === "{") return this.#readBraces();
    const name = this.#readName();
    if (name === "") return "$";
    return this.#lookup(name) ?? (this.#options.keepUnset ? `$${name}` : "");
  }

  #readBraces(): string {
    this.#at++;
    const first = this.#text[this.#at];
    if (first === undefined) throw new LexerError("syntax error: missing '}'");
    if (first === "{" || first === "}" || first === ":")
      throw new LexerError("syntax error: bad substitution");
    const name = this.#readName();
    const modifier = this.#nextCharacter();
    switch (modifier) {
      case "":
        throw new LexerError("syntax error: missing '}'");
      case "}":
        return this.#lookup(name) ?? (this.#options.keepUnset ? `\${${name}}` : "");
      case ":":
        return this.#readAlternative(name, this.#nextCharacter(), true);
      case "+":
      case "-":
      case "?":
        return this.#readAlternative(name, modifier, false);
      case "#":
      case "%":
        return this.#readTrim(name, modifier);
      case "/":
        return this.#readReplacement(name);
      default:
        throw unsupported(modifier);
    }
  }

  /** `${v-w}`, `${v+w}`, `${v?w}`, and the same with `:` where empty counts as unset. */
  #readAlternative(name: string, operator: string, emptyIsUnset: boolean): string {
    const modifier = emptyIsUnset ? `:${operator}` : operator;
    if (operator === "") throw new LexerError("syntax error: missing '}'");
    const word = this.#readOperand(false);
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${modifier}${word}}`;
    const missing = value === undefined || (emptyIsUnset && value === "");
    switch (operator) {
      case "-":
        return missing ? word : value;
      case "+":
        return missing ? "" : word;
      case "?":
        if (!missing) return value;
        throw new LexerError(
          `${name}: ${word || `is not allowed to be ${value === undefined ? "unset" : "empty"}`}`,
        );
      default:
        throw unsupported(modifier);
    }
  }

  #readTrim(name: string, modifier: string): string {
    const word = this.#readOperand(true);
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${modifier}${word}}`;
    const longest = word.startsWith(modifier);
    const pattern = longest ? word.slice(1) : word;
    const trim = modifier === "#" ? trimPrefix : trimSuffix;
    return substitute(pattern, () => trim(value ?? "", pattern, longest));
  }

  #readReplacement(name: string): string {
    const all = this.#text[this.#at] === "/";
    if (all) this.#at++;
    const pattern = this.#readOperand(true, "/", "syntax error: missing '/' in ${}");
    const replacement = this.#readOperand(true);
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    const replace = all ? replaceAll : replaceFirst;
    return substitute(pattern, () => replace(value ?? "", pattern, replacement));
  }

  #readOperand(rawEscapes: boolean, stop = "}", missing = "syntax error: missing '}'"): string {
    try {
      return this.#readUntil(stop, rawEscapes);
    } catch (error) {
      if (error instanceof LexerError && this.#at >= this.#text.length) throw new LexerError(missing);
      throw error;
    }
  }

  /** Letters, digits and `_`; or digits alone; or one special parameter; or nothing. */
  #readName(): string {
    const start = this.#at;
    const first = this.#peekCharacter();
    if (DIGIT.test(first)) {
      while (DIGIT.test(this.#peekCharacter())) this.#nextCharacter();
    } else if (first !== "" && SPECIAL_NAMES.includes(first)) {
      this.#at++;
    } else {
      while (LETTER_OR_DIGIT.test(this.#peekCharacter())) this.#nextCharacter();
    }
    return this.#text.slice(start, this.#at);
  }

  #peekCharacter(): string {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  #nextCharacter(): string {
    const character = this.#peekCharacter();
    this.#at += character.length;
    return character;
  }
}

function substitute(pattern: string, compute: () => string): string {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof ShellPatternError)) throw error;
    throw new LexerError(`invalid pattern (${pattern}) in substitution: ${error.message}`);
  }
}

function checkLength(result: string): void {
  if (result.length > MAX_RESULT_LENGTH) throw new LexerError("the result is longer than 16 MiB");
}

function unsupported(modifier: string): LexerError {
  return new LexerError(`unsupported modifier (${modifier}) in substitution`);
}
