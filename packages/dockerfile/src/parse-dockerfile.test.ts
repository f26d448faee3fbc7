// What the golden files don't show: bytes, spans, mounts resolved, forms of RUN, triggers, errors and options.

import { describe, expect, it } from "vitest";
import { failureOf } from "./failure-of.ts";
import {
  expandWord,
  formatDockerfile,
  formatError,
  formatInstruction,
  parseDockerfile,
  parseTrigger,
  placeOf,
  resolveMount,
  type RunForm,
  runFormOf,
  type StageInstruction,
} from "./index.ts";
import { decodeSource } from "./source-text.ts";

function only(text: string): StageInstruction {
  const [instruction] = parseDockerfile(`FROM scratch\n${text}\n`).stages[0]?.instructions ?? [];
  if (instruction === undefined) throw new TypeError("no instruction");
  return instruction;
}

function run(text: string): Extract<StageInstruction, { kind: "run" }> {
  const instruction = only(text);
  if (instruction.kind !== "run") throw new TypeError("no RUN");
  return instruction;
}

describe("spans", () => {
  it("of words go over continuations, in lines, columns and offsets", () => {
    const source = "FROM \\\n# c\n  alp\\\nine AS x\n";
    const { from } = parseDockerfile(source).stages[0] ?? {};
    expect(from?.image.text).toBe("alpine");
    expect(from?.image.span).toEqual({
      start: { line: 3, column: 3, offset: 13 },
      end: { line: 4, column: 4, offset: 21 },
    });
    expect(from?.as?.span.start).toEqual({ line: 4, column: 8, offset: 25 });
    expect(source.slice(13, 21)).toBe("alp\\\nine");
  });

  it("of flag values, pairs and JSON strings are of themselves", () => {
    const source = 'FROM a\nCOPY --chown=\'a b\' ["x", "y"]\nENV A="1 2" B=3\n';
    const dockerfile = parseDockerfile(source);
    const at = (span: { start: { offset: number }; end: { offset: number } } | undefined) =>
      source.slice(span?.start.offset, span?.end.offset);
    const [copy, env] = dockerfile.stages[0]?.instructions ?? [];
    expect(copy?.kind === "copy" && [at(copy.chown?.span), at(copy.destination.span)]).toEqual([
      "'a b'",
      '"y"',
    ]);
    expect(env?.kind === "env" && env.pairs.map(({ key, value }) => [at(key.span), at(value.span)])).toEqual([
      ["A", '"1 2"'],
      ["B", "3"],
    ]);
  });

  it("count the byte order mark", () => {
    expect(parseDockerfile("\uFEFFFROM a").stages[0]?.from.span.start).toEqual({
      line: 1,
      column: 2,
      offset: 1,
    });
  });
});

describe("decodeSource", () => {
  it.each<[string, number[], string]>([
    ["ASCII", [65, 10], "A\n"],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 65], "\uFEFFA"],
    ["Latin-1", [0x63, 0xe9, 0x21], "c\udce9!"],
    ["a cut sequence", [0xe2, 0x82], "\udce2\udc82"],
    ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
    ["a surrogate", [0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
    ["valid text beside a bad byte", [0xff, 0xf0, 0x9f, 0x98, 0x80, 0xc3, 0xa9], "\udcff😀é"],
  ])("%s", (_name, bytes, expected) => {
    expect(decodeSource(Uint8Array.from(bytes))).toBe(expected);
  });
});

describe("resolveMount", () => {
  const env = new Map([
    ["T", "cache"],
    ["D", "/data dir"],
    ["YES", "true"],
    ["S", "64m"],
    ["BAD", "nope"],
  ]);
  const expand = (text: string) => expandWord(text, (name) => env.get(name));
  const resolve = (flag: string) => {
    const [mount] = run(`RUN --mount=${flag} true`).mounts;
    if (mount === undefined) throw new TypeError("no mount");
    return resolveMount(mount, expand);
  };

  it.each<[string, object]>([
    ["target=/x", { type: "bind", target: "/x", readonly: true, sharing: "shared", required: false }],
    ["dst=/x,rw", { type: "bind", target: "/x", readonly: false }],
    ["dst=/x,rw=false", { readonly: true }],
    ["dst=/x,ro=0", { readonly: false }],
    ["dst=/x,ro,rw", { readonly: false }],
    ["dst=/x,rw,ro", { readonly: true }],
    ["TYPE=CACHE,destination=/x", { type: "cache", target: "/x", readonly: false, sharing: "shared" }],
    ["type=$T,target=$D,sharing=private", { type: "cache", target: "/data dir", sharing: "private" }],
    ["type=cache,target=/x,ro,mode=0700,uid=1000,gid=0", { readonly: true, mode: 0o700, uid: 1000, gid: 0 }],
    ["type=tmpfs,target=/x,size=$S", { type: "tmpfs", readonly: false, sizeBytes: 67_108_864 }],
    ["type=secret,id=aws", { type: "secret", id: "aws", readonly: true, required: false }],
    ["type=secret,id=aws,env=KEY,required=$YES", { id: "aws", env: "KEY", required: true }],
    ["type=secret,id=aws,env", { env: "" }],
    ["type=secret,source=aws", { source: "aws" }],
    ["type=ssh,required,mode=0600", { type: "ssh", required: true, mode: 0o600 }],
    ["from=img,src='a b',dst=/x", { from: "img", source: "a b" }],
    ["target=/a,target=/b", { target: "/b" }],
    ["target=/a,from=x$", { from: "x$" }],
  ])("%s", (flag, expected) => {
    expect(resolve(flag)).toMatchObject(expected);
  });

  it.each([
    ["type=$BAD,target=/x", "unsupported mount type"],
    ["target=/x,ro=$BAD", "invalid value for readonly"],
    ["type=cache,target=/x,sharing=$BAD", "unsupported sharing value"],
    ["type=tmpfs,target=/x,size=$BAD", "invalid value for size"],
    ["type=cache,target=/x,mode=$BAD", "for mode"],
    ["type=$T,target=/x,size=1m", "size is not allowed for mounts of type cache"],
    ["type=secret,id=$NOT", "one of id, source, target required"],
  ])("%s is refused when the value is known: %s", (flag, message) => {
    expect(failureOf(() => resolve(flag))?.code).toBe("MOUNT_INVALID");
    expect(() => resolve(flag)).toThrow(message);
  });

  it.each([
    ["target", "'target' must be a key=value pair"],
    ["foo", "unexpected key 'foo'"],
    ["type=cache,target=/x,required", "required is not allowed for mounts of type cache"],
    ["type=secret,id=a,source=b", "both source and id"],
    ["type=secret,id=a,from=x", "from is not allowed for mounts of type secret"],
    ["type=secret,id=a,sharing=locked", "sharing is not allowed"],
    ["type=ssh,uid=-1", "for uid"],
    ["type=ssh,uid=4294967296", "for uid"],
    ["type=ssh,mode=0999", "for mode"],
    ["type=bind,uid=1", "uid is not allowed"],
    ["type=tmpfs,from=x", "from is not allowed"],
    ["ro=maybe", "invalid value for readonly"],
    ['\\"a', "the quotes"],
    ["from=${x}", "doesn't support variable expansion"],
  ])("%s is refused by the parser: %s", (flag, message) => {
    const failure = failureOf(() => run(`RUN --mount=${flag} true`));
    expect(failure?.code).toBe("MOUNT_INVALID");
    expect(failure?.message).toContain(message);
    expect(failure?.span?.start.line).toBe(2);
  });
});

describe("runFormOf", () => {
  it.each<[string, RunForm]>([
    ["RUN a  b", { kind: "shell", text: "a  b" }],
    ['RUN ["a", "b"]', { kind: "exec", args: ["a", "b"] }],
    ["RUN <<EOF\na\nb\nEOF", { kind: "shell", text: "a\nb\n" }],
    ["RUN <<-EOF\n\ta\n\tEOF", { kind: "shell", text: "a\n" }],
    ["RUN << 'EOF'\na\nEOF", { kind: "shell", text: "a\n" }],
    ["RUN <<EOF\n#!/bin/sh\na\nEOF", { kind: "script", name: "EOF", content: "#!/bin/sh\na\n" }],
    ["RUN <<EOF sh\na\nEOF", { kind: "shell", text: "<<EOF sh\na\nEOF" }],
    ["RUN cat <<A - <<-B\n1\nA\n\t2\n\tB", { kind: "shell", text: "cat <<A - <<-B\n1\nA\n\t2\nB" }],
  ])("%j", (text, expected) => {
    expect(runFormOf(run(text))).toEqual(expected);
  });
});

describe("parseTrigger", () => {
  it("reads what ONBUILD wrote, heredocs included", () => {
    const onbuild = only("ONBUILD COPY <<-a <<b /d/\n\t1\n\ta\n2\nb");
    if (onbuild.kind !== "onbuild") throw new TypeError("no ONBUILD");
    const again = parseTrigger(onbuild.trigger);
    const contents =
      again.kind === "copy" && again.sources.map((s) => (s.kind === "heredoc" ? s.heredoc.content : ""));
    expect(contents).toEqual(["1\n", "2\n"]);
  });

  it.each(["", "# a", "RUN a\nRUN b", "ONBUILD RUN x", "FROM x", "MAINTAINER x", "FOO"])(
    "refuses %j",
    (trigger) => {
      expect(failureOf(() => parseTrigger(trigger, { path: "image alpine" }))?.path).toBe("image alpine");
    },
  );
});

describe("errors", () => {
  it("show the lines in the manner of BuildKit", () => {
    const failure = failureOf(() =>
      parseDockerfile("FROM a\nRUN b\n\nCOPI a \\\n  b\nRUN c\nRUN d\nRUN e\n", {
        path: "docker/Dockerfile",
      }),
    );
    expect(failure === undefined ? "" : formatError(failure)).toBe(
      [
        "docker/Dockerfile:4",
        "--------------------",
        "   2 |     RUN b",
        "   3 |",
        "   4 | >>> COPI a \\",
        "   5 | >>>   b",
        "   6 |     RUN c",
        "   7 |     RUN d",
        "--------------------",
        "Cannot parse the Dockerfile: unknown instruction COPI (did you mean COPY?)",
      ].join("\n"),
    );
  });

  it("without a place get one from who knows it, once", () => {
    const dockerfile = parseDockerfile("FROM ${x:?}\n");
    const word = dockerfile.stages[0]?.from.image;
    const place = placeOf(dockerfile, word?.span ?? dockerfile.stages[0]!.span);
    const failure = failureOf(() => expandWord(word?.text ?? "", () => undefined));
    expect(failure?.excerpt()).toBe("");
    const placed = failure?.at(place);
    expect(placed?.excerpt()).toBe("   1 | >>> FROM ${x:?}");
    expect(placed?.cause).toBe(failure);
    expect(placed?.at({ ...place, path: "other" }).path).toBe("Dockerfile");
  });
});

describe("options", () => {
  it("may allow another frontend", () => {
    const source = "# syntax=mirror.example/docker/dockerfile:1\nFROM scratch\n";
    expect(failureOf(() => parseDockerfile(source))?.code).toBe("FRONTEND_UNSUPPORTED");
    const allowFrontend = (reference: string) => reference.startsWith("mirror.example/");
    expect(parseDockerfile(source, { allowFrontend }).directives.syntax?.text).toBe(
      "mirror.example/docker/dockerfile:1",
    );
  });
});

describe("formatting", () => {
  it("puts directives first and keeps a comment from becoming one", () => {
    const text = formatDockerfile(parseDockerfile("\n# escape=`\nFROM a\nRUN x \\\n y\n"));
    expect(text).toBe("\n# escape=`\nFROM a\nRUN x  y\n");
    expect(parseDockerfile(text).directives.escape).toBe("\\");
  });

  it("cuts an instruction that is too long for a line", () => {
    const long = `FROM a\nRUN ${`${"# \\ x'`é".repeat(2000)} \\\n`.repeat(10)} end\n`;
    const dockerfile = parseDockerfile(long);
    const text = formatDockerfile(dockerfile);
    expect(Math.max(...text.split("\n").map((line) => Buffer.byteLength(line)))).toBeLessThan(65_536);
    expect(parseDockerfile(text).stages[0]?.instructions[0]?.source).toBe(
      dockerfile.stages[0]?.instructions[0]?.source,
    );
  });

  it("keeps a last backslash from continuing the line", () => {
    const dockerfile = parseDockerfile("FROM a\nRUN x\\\v\nRUN y\n");
    expect(dockerfile.stages[0]?.instructions.map((i) => i.source)).toEqual(["RUN x\\", "RUN y"]);
    expect(parseDockerfile(formatDockerfile(dockerfile)).stages[0]?.instructions).toHaveLength(2);
  });

  it("prints one instruction", () => {
    expect(formatInstruction(only("# about b\ncopy <<a /b\n1\na"))).toBe("# about b\ncopy <<a /b\n1\na");
  });
});
