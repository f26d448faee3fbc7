// The words of an expanded text: what was quoted or escaped stays whole, the rest is split at white space.

import { isSpace } from "./white-space.ts";

/** Collects pieces of text into words. */
export class WordCollector {
  readonly #words: string[] = [];
  #word = "";

  addWhole(text: string): void {
    this.#word += text;
  }

  addSplit(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      if (!isSpace(text.charCodeAt(at))) continue;
      this.#word += text.slice(start, at);
      this.#end();
      start = at + 1;
    }
    this.#word += text.slice(start);
  }

  finish(): string[] {
    this.#end();
    return this.#words;
  }

  /** Empty words vanish, even quoted ones, as in BuildKit. */
  #end(): void {
    if (this.#word !== "") this.#words.push(this.#word);
    this.#word = "";
  }
}
