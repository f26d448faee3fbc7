import { describe, expect, it } from "vitest";
import { countOomKills, parseOomKills } from "./oom-kills.ts";

describe("parseOomKills", () => {
  it("reads the kernel's count", () => {
    expect(parseOomKills("nr_free_pages 1\noom_kill 17\nnuma_hit 3\n")).toBe(17);
  });

  it("is zero where the kernel does not count", () => {
    expect(parseOomKills("nr_free_pages 1\n")).toBe(0);
  });

  it("is a number on this machine, whatever it is", () => {
    expect(countOomKills()).toBeGreaterThanOrEqual(0);
  });
});
