import { parseDockerfile } from "@tsbuild/dockerfile";
import { describe, expect, it } from "vitest";
import { stageHint } from "./stage-name.ts";

/** The hint for the name in the last FROM or COPY --from of the text. */
function hintFor(text: string): string {
  const dockerfile = parseDockerfile(text);
  const from = dockerfile.stages.flatMap((stage) =>
    stage.instructions.flatMap((instruction) =>
      instruction.kind === "copy" && instruction.from !== undefined ? [instruction.from] : [],
    ),
  );
  const word = from.at(-1) ?? dockerfile.stages[0]?.from.image;
  return word === undefined ? "" : stageHint(dockerfile, word.text, word.span);
}

describe("stageHint", () => {
  it("knows a stage's name that is misspelt", () => {
    const text = "FROM scratch AS builder\nFROM scratch\nCOPY --from=Bulider / /";
    expect(hintFor(text)).toBe('; did you mean the stage "builder"?');
  });

  it("knows a stage that comes too late", () => {
    expect(hintFor("FROM late\nFROM scratch AS late")).toMatch(/the stage "late" comes too late/);
  });

  it("says nothing of stages with other names, nor of those that cannot be meant", () => {
    expect(hintFor("FROM scratch AS a\nFROM scratch\nCOPY --from=busybox:1 / /")).toBe("");
    expect(hintFor("FROM buildr AS a\nFROM scratch AS builder")).toBe("");
  });
});
