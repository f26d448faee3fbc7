import { describe, expect, it } from "vitest";
import { quoteWord, quoteWords } from "./shell-word.ts";

describe("quoteWord", () => {
  it.each([
    ["plain", "'plain'"],
    ["", "''"],
    ['$HOME `id` \\ "x"\n;&|', "'$HOME `id` \\ \"x\"\n;&|'"],
    ["it's", `'it'\\''s'`],
    ["''", `''\\'''\\'''`],
  ])("makes %j one word that the shell takes as it is", (word, quoted) => {
    expect(quoteWord(word)).toBe(quoted);
  });

  it("keeps words apart", () => {
    expect(quoteWords(["a b", "c"])).toBe("'a b' 'c'");
  });
});
