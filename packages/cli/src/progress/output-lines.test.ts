import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputLines, type OutputLine } from "./output-lines.ts";

const bytes = (text: string) => Buffer.from(text);

const textsOf = (lines: readonly OutputLine[]) => lines.map(({ text }) => text);

/** What is seen of these pieces in the end: what was overwritten is in brackets. */
function linesOf(...pieces: (string | Uint8Array)[]): string[] {
  const lines = new OutputLines();
  const all = pieces.flatMap((piece) => lines.push(typeof piece === "string" ? bytes(piece) : piece, 0));
  return [...all, ...lines.flush(0)].map(({ text, overwritten }) => (overwritten ? `[${text}]` : text));
}

describe("OutputLines", () => {
  it("joins pieces into lines, each with the time of its first piece", () => {
    const lines = new OutputLines();
    expect(lines.push(bytes("a\nb"), 1)).toEqual([{ text: "a", timeMs: 1, overwritten: false }]);
    expect(lines.push(bytes("c\n\nd"), 2)).toEqual([
      { text: "bc", timeMs: 1, overwritten: false },
      { text: "", timeMs: 2, overwritten: false },
    ]);
    expect(lines.flush(3)).toEqual([{ text: "d", timeMs: 2, overwritten: false }]);
    expect(lines.flush(4)).toEqual([]);
  });

  it("joins a character and an escape that were torn apart", () => {
    const euro = bytes("€");
    expect(linesOf(euro.subarray(0, 1), euro.subarray(1), "\u001b[3", "1mred\r", "\n")).toEqual(["€red"]);
    expect(linesOf(euro.subarray(0, 1), Buffer.concat([euro.subarray(1), bytes("\u001b[31mx\n")]))).toEqual([
      "€x",
    ]);
  });

  it("shows invalid UTF-8, raw C1 bytes included, as U+FFFD, also when it is torn apart", () => {
    expect(linesOf(Buffer.from([0x61, 0x9b, 0x33, 0xff, 0x0a]))).toEqual(["a\ufffd3\ufffd"]);
    expect(linesOf(Buffer.from([0x61, 0xe2]), Buffer.from([0x82]), bytes("b\n"))).toEqual(["a\ufffdb"]);
    expect(linesOf(Buffer.from([0x61, 0xe2, 0x82]))).toEqual(["a\ufffd"]);
  });

  it.each([
    ["a progress bar", "1%\r2%\r100%\n", ["[1%]", "[2%]", "100%"]],
    ["one that begins with a return", "\r1%\r100%\ndone\n", ["[1%]", "100%", "done"]],
    ["lines of Windows", "a\r\nb\r\n\r\n", ["a", "b", ""]],
    ["doubled returns", "a\r\r\nb\r\r\rc\n", ["a", "[b]", "c"]],
    ["a line wiped out with spaces", "work\r    \rdone\n", ["[work]", "done"]],
    ["a line wiped out with a sequence", "work\r\u001b[Kdone\n", ["[work]", "done"]],
    ["a line wiped out at the end", "work\r\u001b[K\n", ["work"]],
    ["indented text after a return", "work\r  done\n", ["[work]", "  done"]],
    ["a bar without an end", "1%\r2%\r", ["[1%]", "2%"]],
    ["nothing but returns", "\r\r\r", []],
  ])("tells what is written over itself: %s", (_, text, expected) => {
    expect(linesOf(text)).toEqual(expected);
    expect(linesOf(...Array.from(text))).toEqual(expected);
  });

  it("gives the same whatever the pieces", () => {
    const piece = fc.constantFrom("a", "b c", " ", "\r", "\n", "\r\n", "\u001b[K", "\u001b[31m", "€", "\t");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(linesOf(...pieces)).toEqual(linesOf(pieces.join("")));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("says what a line without an end looks like, and can end it early", () => {
    const lines = new OutputLines();
    expect(lines.partial).toBeUndefined();
    lines.push(bytes("1%\r"), 1);
    expect(lines.partial?.text).toBe("1%");
    lines.push(bytes("2%"), 2);
    expect(lines.partial).toEqual({ text: "2%", timeMs: 2, overwritten: false });
    expect(textsOf(lines.endLine())).toEqual(["2%"]);
    expect(lines.endLine()).toEqual([]);
    // The end of what was shown is no line of its own, the next empty one is.
    expect(textsOf(lines.push(bytes("\n\nmore\n"), 3))).toEqual(["", "more"]);
    lines.push(bytes("..."), 4);
    lines.endLine();
    expect(textsOf(lines.push(bytes("...\n"), 5))).toEqual(["..."]);
  });

  it.each([
    [100, "without an end", "x"],
    [5, "of spaces", " "],
    [5, "that overwrites itself with spaces", "\r    "],
    [5, "of returns", "\r"],
  ])("keeps memory flat on a line of %i MB %s", (megabytes, _, text) => {
    const lines = new OutputLines();
    const piece = Buffer.alloc(1 << 20, text);
    for (let count = 0; count < megabytes; count += 1) {
      for (const line of lines.push(piece, count)) expect(line.text.length).toBeLessThanOrEqual(16_384);
      expect((lines.partial?.text ?? "").length).toBeLessThanOrEqual(16_384);
    }
  });

  it("loses nothing of a line of 10 MB", () => {
    const lines = new OutputLines();
    const piece = Buffer.alloc(1 << 20, "x");
    const shown = Array.from({ length: 10 }, () => textsOf(lines.push(piece, 0)).join("").length);
    const rest = textsOf(lines.flush(0)).join("").length;
    expect(shown.reduce((sum, length) => sum + length, rest)).toBe(10 << 20);
  });

  it("swallows an endless escape string without keeping it", () => {
    const lines = new OutputLines();
    lines.push(bytes("\u001b]0;"), 0);
    for (let count = 0; count < 10; count += 1) expect(lines.push(Buffer.alloc(1 << 16, "x"), 0)).toEqual([]);
    expect(textsOf(lines.push(bytes("\u0007shown\n"), 0))).toEqual(["shown"]);
  });

  it("does not cut between the halves of a surrogate pair", () => {
    const pieces = textsOf(new OutputLines().push(bytes(`x${"😀".repeat(20_000)}\n`), 0));
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
  });
});
