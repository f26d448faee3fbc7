// Text from images, registries and RUN may hold terminal escapes: titles, clipboard writes, cursor moves. None
// reaches the user's terminal or log. A stream is stripped piece by piece, with a few bits of state between.
// https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (5th edition)

// What a piece must contain to need a closer look: C0 but tab and newline, DEL, C1, and the characters that
// turn the direction of text (CVE-2021-42574).
// oxlint-disable-next-line no-control-regex -- these characters are the point
const special = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

type State = "text" | "escape" | "control-sequence" | "string" | "string-escape" | "carriage-return";

/**
 * Removes escape sequences and control characters. A carriage return becomes a newline, or, if `keepReturns` says so,
 * stays where other text of the same line follows.
 */
export class EscapeStripper {
  readonly #keepReturns: boolean;
  readonly #special = new RegExp(special, "g");
  #state: State = "text";

  constructor({ keepReturns = false }: { readonly keepReturns?: boolean } = {}) {
    this.#keepReturns = keepReturns;
  }

  /** The harmless rest of the next piece: no C0 but `\n`, `\t` and returns that are kept, no C1. */
  push(text: string): string {
    let kept = "";
    for (let at = 0; at < text.length; at += 1) {
      if (this.#state === "text") {
        const end = this.#endOfText(text, at);
        kept += text.slice(at, end);
        if (end === text.length) break;
        at = end;
      }
      kept += this.#next(text.charAt(at));
    }
    return kept;
  }

  #endOfText(text: string, start: number): number {
    this.#special.lastIndex = start;
    return this.#special.exec(text)?.index ?? text.length;
  }

  #next(character: string): string {
    switch (this.#state) {
      case "text":
        return this.#inText(character);
      case "carriage-return":
        return this.#afterReturn(character);
      case "escape":
        return this.#afterEscape(character);
      case "control-sequence":
        // Parameters and intermediates are 0x20 to 0x3f, the final byte 0x40 to 0x7e. Anything else breaks it off.
        if (character >= " " && character <= "?") return "";
        this.#state = "text";
        return character >= "@" && character <= "~" ? "" : this.#inText(character);
      case "string":
        return this.#inString(character);
      case "string-escape":
        break;
    }
    this.#state = "string";
    if (character !== "\\") return this.#inString(character);
    this.#state = "text";
    return "";
  }

  #inText(character: string): string {
    if (character === "\u001b") this.#state = "escape";
    else if (character === "\u009b") this.#state = "control-sequence";
    else if (startsString(character)) this.#state = "string";
    else if (character === "\r") {
      this.#state = "carriage-return";
      return this.#keepReturns ? "" : "\n";
    } else if (character === "\n" || character === "\t" || !special.test(character)) return character;
    return "";
  }

  #afterReturn(character: string): string {
    if (character === "\r" && this.#keepReturns) return "";
    this.#state = "text";
    if (!this.#keepReturns) return character === "\n" ? "" : this.#inText(character);
    return character === "\n" ? character : `\r${this.#inText(character)}`;
  }

  #afterEscape(character: string): string {
    // Intermediates, as in ESC ( B, are followed by one more.
    if (character >= " " && character <= "/") return "";
    this.#state = "text";
    if (character === "[") this.#state = "control-sequence";
    else if ("]PX^_".includes(character)) this.#state = "string";
    else if (character < " " || character > "~") return this.#inText(character);
    return "";
  }

  // A string ends with BEL or ST; also with a newline, lest an unterminated one hide all that follows.
  #inString(character: string): string {
    if (character === "\u001b") this.#state = "string-escape";
    else if (character === "\u0007" || character === "\u009c") this.#state = "text";
    else if (character === "\n" || character === "\r") {
      this.#state = "text";
      return this.#inText(character);
    }
    return "";
  }
}

// DCS, SOS, OSC, PM, APC as C1 characters.
function startsString(character: string): boolean {
  return "\u0090\u0098\u009d\u009e\u009f".includes(character);
}

/** One line of harmless text: escapes stripped, newlines and tabs as spaces, at most `limit` characters. */
export function cleanLine(text: string, limit = 2000): string {
  const clean = cleanText(text)
    .replace(/\s*\n\s*|\t+/g, " ")
    .trim();
  return clean.length > limit ? `${clean.slice(0, limit)}...` : clean;
}

/** Harmless text of several lines. */
export function cleanText(text: string): string {
  return new EscapeStripper().push(text);
}
