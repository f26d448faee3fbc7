import { describe, expect, it } from "vitest";
import { planOf, targetOf, type PlanOfOptions } from "./plan-of.fixture.ts";
import type { RunEffect } from "./plan.ts";

/** The last RUN of the target. */
function runOf(text: string, o?: PlanOfOptions): RunEffect {
  const effects = targetOf(text, o).steps.flatMap(({ effect }) => (effect?.kind === "run" ? [effect] : []));
  const last = effects.at(-1);
  if (last === undefined) throw new Error("the target has no RUN");
  return last;
}

function createdBy(text: string, o?: PlanOfOptions): string | undefined {
  return targetOf(text, o).steps.at(-1)?.history.created_by;
}

function env(text: string, o?: PlanOfOptions): Record<string, string> {
  return Object.fromEntries(runOf(text, o).env);
}

describe("the arguments of a RUN", () => {
  it("are the shell's and the text in shell form", () => {
    expect(runOf("FROM scratch\nRUN echo $HOME && true").args).toEqual([
      "/bin/sh",
      "-c",
      "echo $HOME && true",
    ]);
  });

  it("start with what SHELL says", () => {
    expect(runOf('FROM scratch\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN a | b').args).toEqual([
      "/bin/bash",
      "-eo",
      "pipefail",
      "-c",
      "a | b",
    ]);
  });

  it("come from the base image's Shell", () => {
    const images = { base: { Shell: ["/bin/ash", "-c"] } };
    expect(runOf("FROM base\nRUN true", { images }).args).toEqual(["/bin/ash", "-c", "true"]);
  });

  it("are those of exec form, without a shell", () => {
    expect(runOf('FROM scratch\nRUN ["/x", "$HOME"]').args).toEqual(["/x", "$HOME"]);
  });

  it("are a heredoc's text when nothing else is on the line", () => {
    expect(runOf("FROM scratch\nRUN <<EOF\necho a\necho $b\nEOF").args.at(-1)).toBe("echo a\necho $b\n");
  });

  it("hold the heredoc for the shell when there is more on the line", () => {
    expect(runOf("FROM scratch\nRUN cat <<EOF\nhi\nEOF").args.at(-1)).toBe("cat <<EOF\nhi\nEOF");
  });

  it("name a file in /dev/pipes for a heredoc that is a script", () => {
    const run = runOf("FROM scratch\nRUN <<-EOF\n#!/bin/cat\n\tx\nEOF");
    expect(run.args).toEqual(["/bin/sh", "-c", "/dev/pipes/EOF"]);
    expect(run.scripts).toEqual([{ name: "EOF", content: "#!/bin/cat\nx\n" }]);
  });
});

describe("the variables of a RUN", () => {
  it("are ENV and the ARGs that have a value, the later declaration winning", () => {
    const text = "FROM scratch\nENV a=1 b=2\nARG b=3\nARG c\nARG d=4\nENV d=5\nRUN true";
    expect(env(text)).toMatchObject({ a: "1", b: "3", d: "5" });
    expect(env(text)).not.toHaveProperty("c");
  });

  it("include an ARG's value from the command line, and an empty one", () => {
    expect(env("FROM scratch\nARG a=1\nARG b=1\nRUN true", { buildArgs: { a: "2", b: "" } })).toMatchObject({
      a: "2",
      b: "",
    });
  });

  it("let an image's ENV show through an ARG without a value", () => {
    const images = { base: { Env: ["PATH=/bin", "a=1"] } };
    expect(env("FROM base\nARG a\nRUN true", { images })).toEqual({ PATH: "/bin", a: "1" });
  });

  it("are inherited by a stage on another one, ARGs too, and by no sibling", () => {
    const text = "FROM scratch AS a\nARG x=1\nFROM a AS b\nRUN true\nFROM scratch AS c\nRUN true";
    expect(env(text, { target: "b" })).toMatchObject({ x: "1" });
    expect(env(text, { target: "c" })).not.toHaveProperty("x");
  });

  it("do not include platform arguments that no ARG names", () => {
    expect(env("FROM scratch\nRUN true")).not.toHaveProperty("TARGETARCH");
    expect(env("FROM scratch\nARG TARGETARCH\nRUN true")).toMatchObject({ TARGETARCH: "amd64" });
  });

  it("have proxies beside them, under both names, whether an ARG names them or not", () => {
    const run = runOf("FROM scratch\nRUN true", { buildArgs: { http_proxy: "p:1", NO_PROXY: "n" } });
    expect(run.proxies).toEqual([
      ["HTTP_PROXY", "p:1"],
      ["http_proxy", "p:1"],
      ["NO_PROXY", "n"],
      ["no_proxy", "n"],
    ]);
    expect(Object.fromEntries(run.env)).not.toHaveProperty("http_proxy");
  });
});

describe("the place of a RUN", () => {
  it("is WORKDIR, else the root, with USER's words", () => {
    expect(runOf("FROM scratch\nRUN true")).toMatchObject({ workdir: "/", user: "" });
    expect(runOf("FROM scratch\nWORKDIR a\nWORKDIR b\nUSER app:5\nRUN true")).toMatchObject({
      workdir: "/a/b",
      user: "app:5",
    });
  });

  it("has the host's network unless the flag says none", () => {
    expect(runOf("FROM scratch\nRUN true").network).toBe("host");
    expect(runOf("FROM scratch\nRUN --network=default true").network).toBe("host");
    expect(runOf("FROM scratch\nRUN --network=none true").network).toBe("none");
  });

  it("has BuildKit's host name, or that of its build argument", () => {
    expect(runOf("FROM scratch\nRUN true").hostname).toBe("buildkitsandbox");
    const buildArgs = { BUILDKIT_SANDBOX_HOSTNAME: "me" };
    expect(runOf("FROM scratch\nRUN true", { buildArgs }).hostname).toBe("me");
  });
});

describe("the history of a RUN", () => {
  it("has the shell and the text", () => {
    expect(createdBy("FROM scratch\nRUN echo 1")).toBe("RUN /bin/sh -c echo 1 # buildkit");
  });

  it("counts the ARGs in force, each once, with the values that they have now", () => {
    const text = "FROM scratch\nARG a=1\nARG b\nARG a=2\nENV b=3\nRUN x";
    expect(createdBy(text)).toBe("RUN |2 a=2 b=3 /bin/sh -c x # buildkit");
  });

  it("gives an ARG without a value an empty one", () => {
    expect(createdBy("FROM scratch\nARG a\nRUN x")).toBe("RUN |1 a= /bin/sh -c x # buildkit");
  });

  it("leaves proxies out", () => {
    expect(createdBy("FROM scratch\nRUN x", { buildArgs: { HTTP_PROXY: "secret" } })).toBe(
      "RUN /bin/sh -c x # buildkit",
    );
  });
});

describe("a RUN of an ONBUILD trigger", () => {
  it("runs in the stage on that image", () => {
    const images = { base: { OnBuild: ["RUN echo $x"], Env: ["x=1"] } };
    expect(runOf("FROM base", { images }).args.at(-1)).toBe("echo $x");
  });
});

describe("what a RUN cannot have yet", () => {
  it.each([
    ["--mount=type=cache,target=/x", /RUN --mount=type=cache,target=\/x is not supported yet/],
    ["--security=insecure", /RUN --security=insecure is not supported yet/],
    ["--device=vendor.com/gpu=all", /RUN --device=vendor.com\/gpu=all is not supported/],
  ])("is refused: %s", (flag, message) => {
    expect(() => planOf(`FROM scratch\nRUN ${flag} true`)).toThrow(message);
  });
});
