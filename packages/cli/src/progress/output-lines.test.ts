import { describe, expect, it } from "vitest";
import { OutputLines } from "./output-lines.ts";

const bytes = (text: string) => Buffer.from(text);

describe("OutputLines", () => {
  it("joins pieces into lines", () => {
    const lines = new OutputLines();
    expect(lines.push(bytes("a\nb"))).toEqual(["a"]);
    expect(lines.push(bytes("c\n\nd"))).toEqual(["bc", ""]);
    expect(lines.flush()).toEqual(["d"]);
    expect(lines.flush()).toEqual([]);
  });

  it("joins a character and an escape that were torn apart", () => {
    const lines = new OutputLines();
    const euro = bytes("€");
    lines.push(euro.subarray(0, 1));
    lines.push(euro.subarray(1));
    lines.push(bytes("\u001b[3"));
    lines.push(bytes("1mred\r"));
    expect(lines.push(bytes("\n"))).toEqual([]);
    expect(lines.flush()).toEqual([]);
    const again = new OutputLines();
    again.push(euro.subarray(0, 1));
    expect(again.push(Buffer.concat([euro.subarray(1), bytes("\u001b[31mx\n")]))).toEqual(["€x"]);
  });

  it("shows invalid UTF-8, raw C1 bytes included, as U+FFFD", () => {
    expect(new OutputLines().push(Buffer.from([0x61, 0x9b, 0x33, 0xff, 0x0a]))).toEqual(["a\ufffd3\ufffd"]);
  });

  it("keeps memory flat on a line of 100 MB without an end", () => {
    const lines = new OutputLines();
    const piece = Buffer.alloc(1 << 20, "x");
    let shown = 0;
    for (let count = 0; count < 100; count += 1) {
      for (const line of lines.push(piece)) {
        expect(line.length).toBe(16_384);
        shown += line.length;
      }
    }
    const rest = lines.flush().join("").length;
    expect(rest).toBeLessThanOrEqual(16_384);
    expect(shown + rest).toBe(100 << 20);
  });

  it("swallows an endless escape string without keeping it", () => {
    const lines = new OutputLines();
    lines.push(bytes("\u001b]0;"));
    for (let count = 0; count < 10; count += 1) expect(lines.push(Buffer.alloc(1 << 16, "x"))).toEqual([]);
    expect(lines.push(bytes("\u0007shown\n"))).toEqual(["shown"]);
  });

  it("does not cut between the halves of a surrogate pair", () => {
    const pieces = new OutputLines().push(bytes(`x${"😀".repeat(20_000)}\n`));
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
  });
});
