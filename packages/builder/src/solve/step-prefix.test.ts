import { describe, expect, it } from "vitest";
import { targetOf } from "../plan/plan-of.fixture.ts";
import { stepPrefix } from "./step-prefix.ts";

const one = { stages: 1, platform: undefined };

describe("stepPrefix", () => {
  it("counts FROM an image as a step", () => {
    const stage = targetOf("FROM base\nWORKDIR /a\nENV A=1\nCOPY a /", { images: { base: {} } });
    expect(stepPrefix(stage, "from", one)).toBe("[1/3] ");
    expect(stepPrefix(stage, 1, one)).toBe("[3/3] ");
  });

  it("does not count FROM scratch", () => {
    expect(stepPrefix(targetOf("FROM scratch\nCOPY a /"), 0, one)).toBe("[1/1] ");
  });

  it("names the stage where there are several, and the platform", () => {
    const platform = { os: "linux", architecture: "arm64" };
    const named = targetOf("FROM scratch AS app\nCOPY a /");
    expect(stepPrefix(named, 0, { stages: 2, platform })).toBe("[linux/arm64 app 1/1] ");
    const unnamed = targetOf("FROM scratch AS a\nFROM scratch\nCOPY a /");
    expect(stepPrefix(unnamed, 0, { stages: 2, platform: undefined })).toBe("[stage-1 1/1] ");
  });
});
