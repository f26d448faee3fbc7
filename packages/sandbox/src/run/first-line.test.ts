import { describe, expect, it } from "vitest";
import { FirstLine } from "./first-line.ts";

const token = "start-0123";
const speakers = [`${token}-unshare: `, "env: ", "/bin/sh: "];

/** What passes at each piece, and at the end. */
function feed(pieces: readonly string[]): { passed: (string | undefined)[]; end: string } {
  const line = new FirstLine(token, speakers);
  const toText = (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString();
  const passed = pieces.map((piece) => toText(line.push(Buffer.from(piece))));
  const end = line.end();
  return { passed, end: "complaint" in end ? `complaint: ${end.complaint}` : `rest: ${toText(end.rest)}` };
}

describe("FirstLine", () => {
  it("passes at once what nobody of this machine says", () => {
    expect(feed(["one", " two\n"])).toEqual({ passed: ["one", " two\n"], end: "rest: undefined" });
    expect(feed(["\n", "env: later\n"])).toEqual({ passed: ["\n", "env: later\n"], end: "rest: undefined" });
  });

  it("keeps a complaint, however it comes in pieces", () => {
    const whole = `${token}-unshare: failed to execute x: No such file or directory\n`;
    expect(feed(whole.split(""))).toEqual({
      passed: whole.split("").map(() => undefined),
      end: `complaint: ${whole.trim()}`,
    });
  });

  it("knows a complaint by the token, not by who speaks", () => {
    expect(feed([`env: './1/${token}-unshare': Argument list too long\n`]).end).toMatch(/^complaint: env: /);
    expect(feed(["env: 'x': No such file or directory\n"])).toEqual({
      passed: ["env: 'x': No such file or directory\n"],
      end: "rest: undefined",
    });
  });

  it("keeps back the beginning of such a line only until it is none", () => {
    expect(feed(["e", "nv", " is what I print\n"])).toEqual({
      passed: [undefined, undefined, "env is what I print\n"],
      end: "rest: undefined",
    });
    expect(feed(["env: no end"])).toEqual({ passed: [undefined], end: "rest: env: no end" });
  });

  it("gives up on a line without end", () => {
    const { passed } = feed([`env: ${"x".repeat(20_000)}`, "more"]);
    expect(passed.map((piece) => piece?.length)).toEqual([20_005, 4]);
  });
});
