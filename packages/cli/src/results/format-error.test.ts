import { DockerfileError, parseDockerfile } from "@tsbuild/dockerfile";
import { describe, expect, it } from "vitest";
import { formatError } from "./format-error.ts";

const options = { debug: false, cwd: "/home/me" };

function parseFailure(source: string, path: string): unknown {
  try {
    parseDockerfile(source, { path });
  } catch (error) {
    return error;
  }
  throw new TypeError("the source parses");
}

describe("formatError", () => {
  it("shows the lines of the Dockerfile, named as the user would", () => {
    const error = parseFailure("FROM scratch\nCOPPY a b\nLABEL a=b\n", "/home/me/ctx/Dockerfile");
    const lines = formatError(error, options);
    expect(lines.slice(0, 5)).toEqual([
      "ctx/Dockerfile:2",
      "--------------------",
      "   1 |     FROM scratch",
      "   2 | >>> COPPY a b",
      "   3 |     LABEL a=b",
    ]);
    expect(lines.at(-1)).toMatch(/^ERROR: Cannot parse .*did you mean COPY/);
  });

  it("finds the place in a cause, and leaves paths elsewhere whole", () => {
    const error = new Error("outer", { cause: parseFailure("FROMM x\n", "/elsewhere/Dockerfile") });
    expect(formatError(error, options)[0]).toBe("/elsewhere/Dockerfile:1");
  });

  it("shows no password of a URL, in the message or the Dockerfile", () => {
    const error = parseFailure("FROM scratch\nCOPPY https://user:secret@host/x /\n", "/home/me/Dockerfile");
    const text = formatError(new Error("at git://me:secret@h", { cause: error }), options).join("\n");
    expect(text).toContain("COPPY https://user:***@host/x /");
    expect(text).toContain("git://me:***@h");
    expect(text).not.toContain("secret");
  });

  it("cuts an instruction of very many lines", () => {
    const span = { start: { line: 1, column: 1, offset: 0 }, end: { line: 500, column: 1, offset: 0 } };
    const place = { path: "Dockerfile", source: "x\n".repeat(500), span };
    expect(formatError(new DockerfileError("EMPTY", "m", { place }), options).length).toBeLessThan(30);
  });

  it("says what lies behind a message unless it repeats it", () => {
    const cause = new Error("connect refused", { cause: new Error("ECONNREFUSED") });
    expect(formatError(new Error("Cannot pull: connect refused", { cause }), options)).toEqual([
      "ERROR: Cannot pull: connect refused",
      "  because: ECONNREFUSED",
    ]);
  });

  it("ends with a chain of causes that is a loop", () => {
    const error = new Error("a");
    error.cause = error;
    expect(formatError(error, options)).toEqual(["ERROR: a"]);
  });

  it("adds stacks for --debug only", () => {
    expect(formatError(new Error("a"), options)).toEqual(["ERROR: a"]);
    expect(formatError(new Error("a"), { ...options, debug: true }).join("\n")).toContain(
      "format-error.test.ts",
    );
    expect(formatError("thrown text", options)).toEqual(["ERROR: thrown text"]);
  });

  it("lets no terminal escape through (security: terminal escapes)", () => {
    expect(formatError(new Error("a\u001b]0;x\u0007b\u009b2Jc"), options)).toEqual(["ERROR: abc"]);
  });
});
