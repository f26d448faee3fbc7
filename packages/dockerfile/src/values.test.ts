// The values of single arguments: modes, ports, durations, sizes, signals, options of checks.

import { describe, expect, it } from "vitest";
import { parseByteSize } from "./byte-size.ts";
import { parseCsvFields } from "./csv-fields.ts";
import { failureOf } from "./failure-of.ts";
import {
  cleanPath,
  isOwnFrontend,
  parseCheckOptions,
  parseChmod,
  parseDuration,
  parsePorts,
  parseStopSignal,
  suggest,
} from "./index.ts";

describe("parseChmod", () => {
  it.each<[string, number, boolean, number]>([
    ["755", 0o600, false, 0o755],
    ["0644", 0o777, true, 0o644],
    ["7777", 0, false, 0o7777],
    ["0", 0o777, false, 0],
    ["00000755", 0, false, 0o755],
    ["+x", 0o644, false, 0o755],
    ["a+x", 0o644, false, 0o755],
    ["u+x", 0o644, false, 0o744],
    ["go-rwx", 0o755, false, 0o700],
    ["-w", 0o666, false, 0o444],
    ["u=rwX,go=rX", 0o600, false, 0o644],
    ["u=rwX,go=rX", 0o600, true, 0o755],
    ["u=rwX,go=rX", 0o700, false, 0o755],
    ["g=u", 0o750, false, 0o770],
    ["o=g", 0o751, false, 0o755],
    ["g+u", 0o640, false, 0o660],
    ["go-u", 0o777, false, 0o700],
    ["u=", 0o777, false, 0o077],
    ["=", 0o777, false, 0],
    ["a=r", 0o777, false, 0o444],
    ["u+s", 0o755, false, 0o4755],
    ["g+s", 0o755, false, 0o2755],
    ["+s", 0o755, false, 0o6755],
    ["o+s", 0o755, false, 0o755],
    ["a-s", 0o6755, false, 0o755],
    ["+t", 0o755, true, 0o1755],
    ["u+t", 0o755, true, 0o1755],
    ["o+t", 0o755, true, 0o755],
    ["-t", 0o1777, true, 0o777],
    ["=rx", 0o4755, false, 0o555],
    ["u+r-w", 0o200, false, 0o400],
    ["u=rw,g=u,o=g", 0o000, false, 0o666],
    ["ug+rwx,o=", 0o007, false, 0o770],
    ["+X", 0o644, false, 0o644],
    ["+X", 0o744, false, 0o755],
    ["+x,+X", 0o000, false, 0o111],
  ])("%s makes %o (folder: %s) %o", (text, mode, isDirectory, expected) => {
    expect(parseChmod(text)(mode, isDirectory).toString(8)).toBe(expected.toString(8));
  });

  it.each([
    "",
    "8",
    "10000",
    "0o755",
    "+755",
    "u",
    "u+q",
    "u+x,",
    ",u+x",
    "x+u",
    "u x",
    "rwx",
    "__proto__",
    `u${"+x".repeat(99)}`,
  ])("refuses %j", (text) => {
    expect(failureOf(() => parseChmod(text))?.code).toBe("FLAG_INVALID");
  });
});

describe("parsePorts", () => {
  it.each<[string[], string[]]>([
    [["80"], ["80/tcp"]],
    [
      ["80/tcp", "53/UDP", "9/sctp"],
      ["53/udp", "80/tcp", "9/sctp"],
    ],
    [
      ["443", "80"],
      ["443/tcp", "80/tcp"],
    ],
    [["8000-8002"], ["8000/tcp", "8001/tcp", "8002/tcp"]],
    [["9-11/udp"], ["9/udp", "10/udp", "11/udp"]],
    [
      ["80", "80/tcp", "79-81"],
      ["79/tcp", "80/tcp", "81/tcp"],
    ],
    [["8080:80"], ["80/tcp"]],
    [["127.0.0.1:8080:80/udp"], ["80/udp"]],
    [["[::1]:8080:80"], ["80/tcp"]],
    [["127.0.0.1::80"], ["80/tcp"]],
    [["8000-8001:80-81"], ["80/tcp", "81/tcp"]],
    [["8000-8010:80"], ["80/tcp"]],
    [
      ["0", "65535"],
      ["0/tcp", "65535/tcp"],
    ],
    [["80/"], ["80/tcp"]],
    [[], []],
  ])("%j are %j", (words, expected) => {
    expect(parsePorts(words)).toEqual(expected);
  });

  it.each([
    "",
    "x",
    "/tcp",
    "80/http",
    "80/tcp/x",
    "65536",
    "-1",
    "80-",
    "-80",
    "90-80",
    "1-2-3",
    "1e3",
    " 80",
    "x:80",
    "1.2.3:1:80",
    "1-2:1-3",
    "$PORT",
  ])("refuses %j", (word) => {
    expect(failureOf(() => parsePorts([word]))?.code).toBe("ARGUMENT_INVALID");
  });
});

describe("parseDuration", () => {
  it.each<[string, number | undefined]>([
    ["0", 0],
    ["5s", 5e9],
    ["1m30s", 90e9],
    ["1h", 3600e9],
    ["1.5s", 1.5e9],
    [".5s", 0.5e9],
    ["1.s", 1e9],
    ["300ms", 300e6],
    ["1us", 1000],
    ["1µs", 1000],
    ["2μs", 2000],
    ["7ns", 7],
    ["-5s", -5e9],
    ["+5s", 5e9],
    ["1h2m3s4ms5us6ns", 3_723_004_005_006],
    ["", undefined],
    ["5", undefined],
    ["s", undefined],
    [".s", undefined],
    ["5 s", undefined],
    ["5d", undefined],
    ["1m30", undefined],
    ["--5s", undefined],
    ["1e3s", undefined],
    ["99999999999h", undefined],
    ["9".repeat(400), undefined],
  ])("%j is %s ns", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });
});

describe("parseByteSize", () => {
  it.each<[string, number | undefined]>([
    ["0", 0],
    ["512", 512],
    ["512b", 512],
    ["64m", 64 * 2 ** 20],
    ["64M", 64 * 2 ** 20],
    ["64mb", 64 * 2 ** 20],
    ["2GiB", 2 * 2 ** 30],
    ["1.5k", 1536],
    ["1 g", 2 ** 30],
    ["1t", 2 ** 40],
    ["", undefined],
    ["m", undefined],
    ["-1", undefined],
    ["1x", undefined],
    ["1  g", undefined],
    ["9".repeat(30), undefined],
  ])("%j is %s bytes", (text, expected) => {
    expect(parseByteSize(text)).toBe(expected);
  });
});

describe("parseStopSignal", () => {
  it.each(["SIGTERM", "TERM", "sigkill", "9", "15", "SIGRTMIN", "RTMIN+15", "SIGRTMAX-14", "rtmax"])(
    "takes %s",
    (text) => {
      expect(parseStopSignal(text)).toBe(text);
    },
  );

  it.each(["", "0", "-9", "SIG", "SIGTREM", "RTMIN+16", "RTMAX-15", "RTMIN+05", "9 ", "0x9", "constructor"])(
    "refuses %j",
    (text) => {
      expect(failureOf(() => parseStopSignal(text))?.code).toBe("ARGUMENT_INVALID");
    },
  );

  it("says which was meant", () => {
    expect(() => parseStopSignal("SIGTREM")).toThrow("did you mean TERM?");
  });
});

describe("parseCheckOptions", () => {
  it("reads what to skip and whether to fail", () => {
    expect(parseCheckOptions("skip=A, B;error=true;experimental=all")).toEqual({
      skip: new Set(["A", "B"]),
      error: true,
      experimental: "all",
    });
    expect(parseCheckOptions("skip=all").skip).toBe("all");
    expect(parseCheckOptions(" ")).toEqual({ skip: new Set(), error: false, experimental: new Set() });
  });

  it.each(["skip", "skp=all", "error=yes", "skip=all;", "__proto__=1"])("refuses %j", (text) => {
    expect(failureOf(() => parseCheckOptions(text))?.code).toBe("DIRECTIVE_INVALID");
  });
});

describe("isOwnFrontend", () => {
  const digest = `sha256:${"0".repeat(64)}`;

  it.each([
    "docker/dockerfile",
    "docker/dockerfile:1",
    "docker/dockerfile:1.7-labs",
    `docker/dockerfile:1@${digest}`,
    `docker/dockerfile@${digest}`,
    "docker.io/docker/dockerfile:1.20",
    "docker/dockerfile-upstream:master-labs",
    "dockerfile.v0",
  ])("takes %s", (reference) => {
    expect(isOwnFrontend(reference)).toBe(true);
  });

  it.each([
    "",
    "docker/dockerfile2",
    "docker/dockerfile-copy",
    "evil.example/docker/dockerfile:1",
    "docker/dockerfile/x:1",
    "example/docker/dockerfile",
    "docker/dockerfile:1 ",
    "docker/dockerfile:1@sha256:0",
    "DOCKER/dockerfile",
  ])("refuses %j", (reference) => {
    expect(isOwnFrontend(reference)).toBe(false);
  });
});

describe("suggest", () => {
  it.each<[string, string[], string | undefined]>([
    ["taget", ["target", "source"], "target"],
    ["target", ["target"], undefined],
    ["x", ["target"], undefined],
    ["abc", ["abd", "abcd"], "abd"],
    ["", ["ab"], "ab"],
    ["__proto__", ["type"], undefined],
  ])("for %j of %j says %s", (word, candidates, expected) => {
    expect(suggest(word, candidates)).toBe(expected);
  });

  it("answers in the case of the word", () => {
    expect(suggest("RUNN", ["run"], { ignoreCase: true })).toBe("RUN");
    expect(suggest("runn", ["RUN"], { ignoreCase: true })).toBe("run");
    expect(suggest("Run", ["RUN"], { ignoreCase: true })).toBeUndefined();
  });
});

describe("parseCsvFields", () => {
  it.each<[string, string[] | undefined]>([
    ["a,b=c", ["a", "b=c"]],
    ["", [""]],
    ["a,", ["a", ""]],
    ['"a,b",c', ["a,b", "c"]],
    ['"a ""q""",b', ['a "q"', "b"]],
    ['a"b', undefined],
    ['"a', undefined],
    ['"a"b', undefined],
  ])("%j is %j", (text, expected) => {
    expect(parseCsvFields(text)).toEqual(expected);
  });
});

describe("cleanPath", () => {
  it.each([
    ["", "."],
    [".", "."],
    ["a/./b//c/", "a/b/c"],
    ["a/../..", ".."],
    ["/../a", "/a"],
    ["../../a", "../../a"],
    ["/", "/"],
    ["//a", "/a"],
    ["..a/...", "..a/..."],
  ])("%j is %j", (path, expected) => {
    expect(cleanPath(path)).toBe(expected);
  });
});
