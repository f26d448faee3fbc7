import { describe, expect, it } from "vitest";
import { outcomeOf, planOf, targetOf, type PlanOfOptions } from "./plan-of.fixture.ts";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const textsOf = (text: string, o: PlanOfOptions = {}) => targetOf(text, o).steps.map((step) => step.text);
const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
};
const labelsOf = (text: string, o: PlanOfOptions = {}) => targetOf(text, o).config.Labels;

describe("ARG and ENV", () => {
  it("hides an ARG before FROM from the stage until it is named there (1.3.1)", () => {
    const text = "ARG V=1\nFROM scratch\nLABEL a=x$V\nARG V\nLABEL b=x$V";
    expect(labelsOf(text)).toEqual({ a: "x", b: "x1" });
    expect(labelsOf(text, { buildArgs: { V: "2" } })).toEqual({ a: "x", b: "x2" });
  });

  it("takes a stage's own default before the global one (1.3.1)", () => {
    expect(labelsOf("ARG V=1\nFROM scratch\nARG V=3\nLABEL a=$V")).toEqual({ a: "3" });
  });

  it("lets global ARGs refer to earlier ones and to platform arguments (1.3.2)", () => {
    const text = 'ARG A="x"\nARG B=${A}-$TARGETARCH\nFROM img-$B';
    const outcome = outcomeOf(text, { platform: "linux/arm64" });
    expect(outcome.kind === "missing" && outcome.images[0]?.text).toBe("img-x-arm64");
  });

  it("lists build arguments that nothing takes, and takes one for a global ARG (1.3.3)", () => {
    const text = "ARG BASE=a\nFROM $BASE\nARG USED";
    const plan = planOf(text, {
      images: { b: {} },
      buildArgs: { BASE: "b", USED: "1", OTHER: "2", HTTP_PROXY: "p", SOURCE_DATE_EPOCH: "0" },
    });
    expect(plan.unusedBuildArgs).toEqual(["OTHER"]);
  });

  it("lets an empty build argument override a default (1.3.4)", () => {
    expect(labelsOf("FROM scratch\nARG V=1\nLABEL a=x$V", { buildArgs: { V: "" } })).toEqual({ a: "x" });
  });

  it("gives a stage the ARGs of the stage that it stands on, and of no other (1.3.5)", () => {
    const text = "FROM scratch AS a\nARG V=1\nFROM scratch AS b\nLABEL x=x$V\nFROM a\nLABEL x=x$V";
    expect(labelsOf(text)).toEqual({ x: "x1" });
    expect(labelsOf(text, { target: "b" })).toEqual({ x: "x" });
  });

  it("lets the later of ENV and ARG win (1.3.6)", () => {
    expect(labelsOf("FROM scratch\nARG X=arg\nENV X=env\nLABEL a=$X")).toEqual({ a: "env" });
    expect(labelsOf("FROM scratch\nENV X=env\nARG X=arg\nLABEL a=$X")).toEqual({ a: "arg" });
    expect(targetOf("FROM scratch\nENV X=env\nARG X=arg").config.Env).toEqual([path, "X=env"]);
  });

  it("leaves an inherited ENV visible when ARG has no value (1.3.7)", () => {
    const images = { base: { Env: ["X=env"] } };
    expect(labelsOf("FROM base\nARG X\nARG Y\nLABEL a=$X b=${Y-unset}", { images })).toEqual({
      a: "env",
      b: "unset",
    });
  });

  it("writes ARG into the history with its value (1.3.8)", () => {
    expect(textsOf("FROM scratch\nARG A=1 B C=$A")).toEqual(["ARG A=1 B C=1"]);
  });

  it("has the platform arguments once they are named (1.3.10)", () => {
    const text =
      "FROM scratch AS last\nARG TARGETPLATFORM BUILDOS TARGETVARIANT TARGETSTAGE\nLABEL a=$TARGETPLATFORM-$BUILDOS-$TARGETVARIANT-$TARGETSTAGE";
    expect(labelsOf(text, { platform: "linux/arm/v7" })).toEqual({ a: "linux/arm/v7-linux-v7-last" });
    expect(labelsOf("FROM scratch\nARG TARGETSTAGE\nLABEL a=$TARGETSTAGE")).toEqual({ a: "default" });
    expect(labelsOf(text, { target: "last", buildArgs: { BUILDOS: "plan9" } })).toEqual({
      a: "linux/amd64-plan9--last",
    });
  });

  it("refuses a blank name of ENV (1.3.12)", () => {
    expect(() => planOf('FROM scratch\nENV ""=x')).toThrow(/blank/);
  });

  it("adds a PATH where the image has none, and keeps one that it has (1.3.13)", () => {
    expect(targetOf("FROM scratch").config.Env).toEqual([path]);
    expect(targetOf("FROM base", { images: { base: { Env: ["A=1", "PATH=/x"] } } }).config.Env).toEqual([
      "A=1",
      "PATH=/x",
    ]);
  });

  it("sees, in all pairs of one ENV, the values from before it", () => {
    expect(targetOf("FROM scratch\nENV abc=hello\nENV abc=bye def=$abc").config.Env).toEqual([
      path,
      "abc=bye",
      "def=hello",
    ]);
  });
});

describe("config instructions", () => {
  it("resets an inherited CMD at ENTRYPOINT, and keeps one of this stage", () => {
    const images = { base: { Cmd: ["a"] } };
    expect(targetOf('FROM base\nENTRYPOINT ["/x"]', { images }).config.Cmd).toBeUndefined();
    expect(targetOf('FROM base\nCMD ["b"]\nENTRYPOINT ["/x"]', { images }).config.Cmd).toEqual(["b"]);
    expect(targetOf('FROM scratch AS s\nCMD ["b"]\nFROM s\nENTRYPOINT ["/x"]').config.Cmd).toBeUndefined();
  });

  it("takes a CMD away with an empty list", () => {
    const images = { base: { Cmd: ["a"] } };
    expect(targetOf("FROM base\nCMD []", { images }).config).not.toHaveProperty("Cmd");
  });

  it("puts the SHELL in force before shell forms", () => {
    const stage = targetOf('FROM scratch\nCMD echo a\nSHELL ["/bin/bash", "-e", "-c"]\nENTRYPOINT echo b');
    expect(stage.config).toMatchObject({
      Entrypoint: ["/bin/bash", "-e", "-c", "echo b"],
      Cmd: ["/bin/sh", "-c", "echo a"],
      ArgsEscaped: true,
    });
  });

  it("joins WORKDIRs, cleans them and needs no layer for the root", () => {
    const stage = targetOf("FROM scratch\nWORKDIR /\nWORKDIR a/\nWORKDIR ../../b/./c");
    expect(stage.config.WorkingDir).toBe("/b/c");
    expect(stage.steps.map((step) => step.effect?.kind)).toEqual([undefined, "workdir", "workdir"]);
  });

  it("splits, ranges and sorts ports", () => {
    const text = 'FROM scratch\nENV P="80 443/TCP"\nEXPOSE $P 8000-8002/udp';
    expect(textsOf(text).at(-1)).toBe("EXPOSE [443/tcp 80/tcp 8000/udp 8001/udp 8002/udp]");
  });

  it("keeps USER as written after expansion", () => {
    expect(targetOf("FROM scratch\nARG U=app\nUSER ${U}:grp").config.User).toBe("app:grp");
  });

  it("applies labels of the command line last and leaves no history of them", () => {
    const o = { labels: { a: "cli", b: "cli" } };
    expect(labelsOf("FROM scratch\nLABEL a=file c=file", o)).toEqual({ a: "cli", b: "cli", c: "file" });
    expect(textsOf("FROM scratch\nLABEL a=file", o)).toHaveLength(1);
  });

  it("records a health check, and NONE", () => {
    expect(
      targetOf("FROM scratch\nHEALTHCHECK --interval=5s --retries=2 CMD curl x").config.Healthcheck,
    ).toEqual({
      Test: ["CMD-SHELL", "curl x"],
      Interval: 5e9,
      Retries: 2,
    });
    expect(targetOf("FROM scratch\nHEALTHCHECK NONE").config.Healthcheck).toEqual({ Test: ["NONE"] });
  });
});

describe("ONBUILD", () => {
  it("runs a base image's triggers right after FROM, and clears them", () => {
    const images = { base: { OnBuild: ["ENV A=1", "WORKDIR /x"] } };
    const stage = targetOf("FROM base\nENV B=$A", { images });
    expect(stage.steps.map((step) => [step.text, step.trigger])).toEqual([
      ["ENV A=1", "ENV A=1"],
      ["WORKDIR /x", "WORKDIR /x"],
      ["ENV B=1", undefined],
    ]);
    expect(stage.config.OnBuild).toBeUndefined();
  });

  it("keeps triggers in the config alone, not in the history", () => {
    const stage = targetOf("FROM scratch\nONBUILD ENV A=1\nONBUILD COPY <<E /x\nhi\nE");
    expect(stage.config.OnBuild).toEqual(["ENV A=1", "COPY <<E /x\nhi\nE"]);
    expect(stage.steps).toEqual([]);
  });

  it("runs the triggers of a local stage too", () => {
    expect(textsOf("FROM scratch AS a\nONBUILD ENV A=1\nFROM a")).toEqual(["ENV A=1"]);
  });

  it("asks for images that only a trigger names", () => {
    const outcome = outcomeOf("FROM base", { images: { base: { OnBuild: ["COPY --from=tools /a /b"] } } });
    expect(outcome.kind === "missing" && outcome.images.map((image) => image.text)).toEqual(["tools"]);
  });
});

describe("stages", () => {
  it("leaves out what the target does not need", () => {
    const plan = planOf(
      "FROM scratch AS a\nFROM nowhere AS unused\nRUN false\nFROM scratch\nCOPY --from=a / /",
    );
    expect(plan.stages.map((stage) => stage.index)).toEqual([0, 2]);
  });

  it("finds stages by number and without regard to case", () => {
    const from = (source: string) =>
      targetOf(`FROM scratch AS Build\nFROM scratch\nCOPY --from=${source} /a /b`).steps[0]?.effect;
    expect(from("0")).toMatchObject({ from: { kind: "stage", stage: 0 } });
    expect(from("BUILD")).toMatchObject({ from: { kind: "stage", stage: 0 } });
  });

  it("takes `--from=scratch` for an empty folder, and a number for a stage only", () => {
    const effect = targetOf("FROM scratch\nCOPY --from=scratch / /x/").steps[0]?.effect;
    expect(effect).toMatchObject({ from: { kind: "scratch" } });
    expect(() => planOf("FROM scratch\nCOPY --from=5 / /x/")).toThrow(/stage 5: Dockerfile has 1 stages/);
  });

  it("takes images of COPY --from for the target's platform, also in a stage for another one", () => {
    const outcome = outcomeOf("FROM --platform=$BUILDPLATFORM a\nCOPY --from=b /1 /1", {
      platform: "linux/arm64",
    });
    const wanted = outcome.kind === "missing" ? outcome.images : [];
    expect(wanted.map((image) => [image.text, image.platform.architecture])).toEqual([
      ["a", "amd64"],
      ["b", "arm64"],
    ]);
  });

  it("refuses what it cannot do before it asks for an image", () => {
    expect(() => outcomeOf("FROM nowhere\nRUN --mount=type=ssh true")).toThrow(/RUN --mount=type=ssh is not/);
    expect(() => outcomeOf("FROM nowhere\nADD https://example.com/x /")).toThrow(/not supported yet/);
    expect(() =>
      outcomeOf("FROM scratch AS a\nADD --checksum=sha256:0 x /\nFROM nowhere\nCOPY --from=a / /"),
    ).toThrow(/--checksum is not supported yet/);
  });

  it("writes --parents into the history", () => {
    expect(textsOf("FROM scratch\nCOPY --parents --chown=1 a /b/")).toEqual([
      "COPY --parents --chown=1 a /b/",
    ]);
  });

  it("asks for all images at once", () => {
    const outcome = outcomeOf("FROM a AS x\nFROM b\nCOPY --from=c /1 /1\nCOPY --from=x /2 /2");
    expect(outcome.kind === "missing" && outcome.images.map((image) => image.text).sort()).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  it.each([
    ["FROM scratch AS a\nCOPY --from=late /a /b\nFROM scratch AS late\nFROM a", /needs to be defined before/],
    ["FROM scratch\nRUN --mount=type=ssh true", /RUN --mount=type=ssh is not supported yet/],
    ["FROM ${NONE}", /expands to nothing/],
    ["FROM scratch AS Build\nFROM Build", /write FROM build/],
    ["FROM scratch\nADD https://example.com/x /", /URLs and git repositories are not supported/],
    ["FROM scratch\nCOPY https://example.com/x /", /COPY takes files only/],
    ["FROM scratch\nSTOPSIGNAL SIGNOPE", /SIGNOPE/],
    ["FROM scratch\nCOPY --link --chown=1:app a /", /"app" cannot be found in it; give numbers/],
  ])("refuses %j with the place", (text, message) => {
    const error = thrownBy(() => planOf(text));
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(error).toMatchObject({ location: { span: { start: { line: expect.any(Number) } } } });
  });

  it("names a near stage when the target does not exist", () => {
    expect(() => planOf("FROM scratch AS builder", { target: "bilder" })).toThrow(/did you mean "builder"/);
  });
});
