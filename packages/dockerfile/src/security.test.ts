// Hostile input: nothing here may hang, overflow the stack, use memory without measure or reach a prototype.

import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.ts";
import { expandWord, expandWords, formatError, parseDockerfile, resolveMount } from "./index.ts";

const MEGABYTE = 1024 * 1024;

function codeOf(run: () => unknown): string {
  return failureOf(run)?.code ?? "none";
}

describe("trims and replacements with many stars", () => {
  const value = "a".repeat(20_000);
  const env = (name: string) => (name === "V" ? value : undefined);
  const stars = "*a".repeat(100);

  it.each(["#", "##", "%", "%%"])("%s is not exponential", (operator) => {
    expect(expandWord(`\${V${operator}${stars}b${stars}}`, env)).toBe(value);
  });

  it("replacing is not exponential either", () => {
    expect(expandWord(`\${V//${stars}b/x}`, env)).toBe(value);
    expect(expandWord(`\${V//*/x}`, env)).toBe("x");
    expect(expandWord(`\${V//a*b/x}`, env)).toBe(value);
  });

  it("refuses what would still be too much work", () => {
    expect(codeOf(() => expandWord(`\${V#${"*a".repeat(10_000)}}`, env))).toBe("EXPANSION");
  });
});

describe("values that grow", () => {
  it("stop at sixteen mebibytes", () => {
    const big = "x".repeat(4 * MEGABYTE);
    expect(codeOf(() => expandWord("$A".repeat(40), () => big))).toBe("EXPANSION");
    expect(codeOf(() => expandWord(`"${"$A".repeat(1000)}"`, () => big))).toBe("EXPANSION");
  });

  it("stop at a depth of nesting", () => {
    const deep = "${A:-".repeat(100_000) + "}".repeat(100_000);
    expect(codeOf(() => expandWord(deep, () => undefined))).toBe("EXPANSION");
    expect(codeOf(() => expandWord(`"${'${A:-"'.repeat(50_000)}`, () => undefined))).toBe("EXPANSION");
  });
});

describe("long lines", () => {
  it("of more than 65535 bytes are refused", () => {
    const line = (length: number) => `FROM scratch\nRUN ${"a".repeat(length - 4)}\n`;
    expect(codeOf(() => parseDockerfile(line(65_535)))).toBe("none");
    expect(codeOf(() => parseDockerfile(line(65_536)))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => parseDockerfile(line(MEGABYTE)))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => parseDockerfile(`FROM scratch\n# ${"é".repeat(32_800)}\n`))).toBe("LINE_TOO_LONG");
    expect(codeOf(() => parseDockerfile(`FROM scratch\nCOPY <<E /x\n${"a".repeat(70_000)}\nE\n`))).toBe(
      "LINE_TOO_LONG",
    );
  });

  it("of a megabyte made of continuations are read", () => {
    const part = `${" <<x\"y' [".repeat(700)}\\\n`;
    const source = `FROM scratch\nENV A="${"x".repeat(60_000)} \\\n${`${"y".repeat(60_000)} \\\n`.repeat(18)}"\nRUN a ${part.repeat(150)}\n`;
    const [stage] = parseDockerfile(source).stages;
    expect(stage?.instructions).toHaveLength(2);
  });

  it.each([" ", '"', "'", "#", "=", "\\\\", "$", "[", ",", "<", "--a ", "${"])(
    "full of %j take no time",
    (piece) => {
      const text = piece.repeat(Math.floor(30_000 / piece.length));
      for (const keyword of [
        "RUN",
        "ENV",
        "COPY",
        "LABEL",
        "HEALTHCHECK",
        "FROM",
        "RUN --mount=",
        "# syntax=",
      ]) {
        failureOf(() => parseDockerfile(`FROM scratch\n${keyword} ${text}x\n`));
        failureOf(() => parseDockerfile(`${keyword} ${text}x\nFROM scratch\n`));
      }
      expect(failureOf(() => expandWords(text, () => undefined))?.message.length ?? 0).toBeLessThan(1000);
    },
  );

  it("in an excerpt are cut", () => {
    const failure = failureOf(() => parseDockerfile(`FROM scratch\nRUNN ${"a".repeat(60_000)}\n`));
    expect(failure?.excerpt()).toContain("RUNN aaa");
    expect(failure?.excerpt().length).toBeLessThan(1000);
  });
});

describe("terminals", () => {
  it("get no control characters from an excerpt or a message", () => {
    for (const line of [
      "ENV X=b x",
      "RUNX",
      "RUN --X",
      "RUN --mount=X=1",
      "COPY <<X",
      "COPY <<X /a",
      "FROM a AS X",
    ]) {
      const hostile = line.replace("X", "\u001B[2J\u0007\u009B1m");
      const failure = failureOf(() => parseDockerfile(`FROM scratch\n${hostile}\n`));
      const printed = failure === undefined ? "" : formatError(failure);
      expect(printed).toContain("[2J");
      expect(Array.from(printed).filter((c) => (c < " " && c !== "\n") || (c > "~" && c < "\u00A0"))).toEqual(
        [],
      );
    }
  });
});

describe("names of Object.prototype", () => {
  it("are only names: flags, mounts, variables, stages, instructions", () => {
    expect(codeOf(() => parseDockerfile("FROM scratch\nRUN --constructor=x y\n"))).toBe("UNKNOWN_FLAG");
    expect(codeOf(() => parseDockerfile("FROM scratch\nRUN --mount=toString=x y\n"))).toBe("MOUNT_INVALID");
    expect(codeOf(() => parseDockerfile("FROM scratch\n__proto__ x\n"))).toBe("UNKNOWN_INSTRUCTION");
    expect(codeOf(() => parseDockerfile("FROM scratch\nconstructor x\n"))).toBe("UNKNOWN_INSTRUCTION");
    expect(codeOf(() => parseDockerfile('{"__proto__": {"syntax": "evil/x"}}\nFROM scratch\n'))).toBe(
      "UNKNOWN_INSTRUCTION",
    );
    const options = new Map([["__proto__", "x"]]);
    const mount = { options, text: "", span: parseDockerfile("FROM a").stages[0]!.span };
    expect(codeOf(() => resolveMount(mount, (value) => value))).toBe("MOUNT_INVALID");
  });
});

describe("JSON form", () => {
  it("gives no lone surrogates, which elsewhere stand for bytes of file names", () => {
    const [stage] = parseDockerfile('FROM scratch\nCOPY ["a\\udc80", "/\\ud83d\\ude00"]\n').stages;
    const [copy] = stage?.instructions ?? [];
    expect(
      copy?.kind === "copy" ? copy.sources.map((s) => (s.kind === "path" ? s.word.text : "")) : [],
    ).toEqual(["a\uFFFD"]);
    expect(copy?.kind === "copy" ? copy.destination.text : "").toBe("/😀");
  });

  it("nested ten thousand deep is no stack overflow", () => {
    const deep = "[".repeat(30_000) + "]".repeat(30_000);
    expect(codeOf(() => parseDockerfile(`FROM scratch\nRUN ${deep}\n`))).toBe("ARGUMENT_INVALID");
  });
});
