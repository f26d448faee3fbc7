import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { cleanLine, cleanText, EscapeStripper } from "./escape-stripper.ts";

// oxlint-disable-next-line no-control-regex -- what must not get through
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

describe("cleanText", () => {
  it.each([
    ["plain text stays", "a\tb\nc ä 日本 😀", "a\tb\nc ä 日本 😀"],
    ["colours", "\u001b[1;31mred\u001b[0m", "red"],
    ["cursor moves and clearing", "a\u001b[2J\u001b[Hb\u001b[?25lc", "abc"],
    ["title by OSC and BEL", "a\u001b]0;title\u0007b", "ab"],
    ["clipboard by OSC 52 and ST", "a\u001b]52;c;aGk=\u001b\\b", "ab"],
    ["DCS, SOS, PM, APC", "a\u001bPx\u001b\\b\u001bXx\u001b\\c\u001b^x\u001b\\d\u001b_x\u001b\\e", "abcde"],
    ["character sets and single escapes", "a\u001b(Bb\u001b=c\u001bMd\u001bce", "abcde"],
    ["C1 control sequence", "a\u009b31mb", "ab"],
    ["C1 strings", "a\u009d0;x\u009cb\u0090x\u009cc", "abc"],
    ["lone C0 and DEL", "a\u0000\u0007\u0008\u000b\u000c\u000e\u007fb", "ab"],
    ["lone C1", "a\u0085\u0084b", "ab"],
    ["carriage returns", "a\r\nb\rc", "a\nb\nc"],
    ["overwriting by carriage return is shown", "safe\revil\n", "safe\nevil\n"],
    ["direction marks (CVE-2021-42574)", "a\u202eb\u2066c\u200fd", "abcd"],
    ["unterminated string ends with the line", "a\u001b]0;never\nb", "a\nb"],
    ["broken control sequence", "a\u001b[31\nb", "a\nb"],
    ["escape inside of a control sequence", "a\u001b[3\u001b[1mb", "ab"],
    ["escape inside of a string", "a\u001b]0;x\u001b]0;y\u0007b", "ab"],
    ["escape at the end", "a\u001b", "a"],
  ])("%s", (_, text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  it("keeps a return that other text of the line follows, if asked to", () => {
    const kept = (text: string) => new EscapeStripper({ keepReturns: true }).push(text);
    expect(kept("a\rb\r\nc\r\r\nd\r\re")).toBe("a\rb\nc\nd\re");
    expect(kept("a\r\u001b[2Kb")).toBe("a\rb");
    expect(kept("a\r")).toBe("a");
  });

  it.each([false, true])(
    "lets no control character through, whatever the pieces (returns kept: %s)",
    (keepReturns) => {
      const piece = fc.oneof(
        fc.constantFrom(
          "\u001b",
          "[",
          "]",
          "P",
          "\u009b",
          "\u009d",
          "\u009c",
          "\u0007",
          "\\",
          "\r",
          "\n",
          "\t",
          "m",
          "0;",
          "(",
          "\u0085",
        ),
        fc.string({ unit: "binary", maxLength: 4 }),
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
          const stripper = new EscapeStripper({ keepReturns });
          const inPieces = pieces.map((text) => stripper.push(text)).join("");
          expect(keepReturns ? inPieces.replaceAll("\r", "") : inPieces).not.toMatch(forbidden);
          expect(inPieces).toBe(new EscapeStripper({ keepReturns }).push(pieces.join("")));
        }),
        { seed: 7, numRuns: 500 },
      );
    },
  );
});

describe("cleanLine", () => {
  it("makes one line of several, and cuts it", () => {
    expect(cleanLine(" a\n\n\tb ")).toBe("a b");
    expect(cleanLine("x".repeat(30), 10)).toBe(`${"x".repeat(10)}...`);
  });
});
