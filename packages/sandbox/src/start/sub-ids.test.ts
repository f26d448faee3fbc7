import { describe, expect, it } from "vitest";
import { parseSubIds } from "./sub-ids.ts";

const me = { name: "ann", uid: 1000 };

describe("/etc/subuid", () => {
  it("gives the ranges of a user by name and by number, in order", () => {
    const text = "root:1:2\nann:100000:65536\nbob:165536:65536\n1000:300000:10\n";
    expect(parseSubIds(text, me)).toEqual([
      { start: 100_000, count: 65_536 },
      { start: 300_000, count: 10 },
    ]);
  });

  it("gives nothing of a user that it does not have", () => {
    expect(parseSubIds("anne:1:2\n10000:1:2\n", me)).toEqual([]);
    expect(parseSubIds("", me)).toEqual([]);
    expect(parseSubIds("undefined:1:2\n", { name: undefined, uid: 1000 })).toEqual([]);
  });

  it.each([
    "# ann:1:2",
    "ann",
    "ann:1",
    "ann:1:",
    "ann::2",
    "ann:-1:2",
    "ann:0x1:2",
    "ann:1:0",
    "ann:4294967295:1",
    "ann:4294967290:6",
    "ann:99999999999:1",
    " ann:1:2",
    "ann:1:2:3",
  ])("passes over the line %j", (line) => {
    expect(parseSubIds(`${line}\nann:7:8\n`, me)).toEqual([{ start: 7, count: 8 }]);
  });

  it("takes the largest range there is, and ends of lines of all sorts", () => {
    expect(parseSubIds("ann:1:4294967294\r\nann:4294967294:1", me)).toHaveLength(2);
  });
});
