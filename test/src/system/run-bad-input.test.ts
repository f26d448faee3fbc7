// What goes wrong with a RUN: each message names file and line, the command, and what to do.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryTsbuild, tsbuildCommand } from "../command/run-tsbuild.ts";
import { limitMemory } from "../machine/memory-limit.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runProgram } from "../machine/run-program.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";

interface BadRun {
  readonly title: string;
  /** After `FROM busybox` on line 1. */
  readonly lines: readonly string[];
  readonly from?: string;
  readonly says: readonly (string | RegExp)[];
}

const inputs: readonly BadRun[] = [
  {
    title: "a command that fails",
    lines: ["RUN true", "RUN echo first; echo second >&2; exit 42"],
    says: [
      "Dockerfile:3",
      'process "/bin/sh -c echo first; echo second >&2; exit 42" did not complete successfully: exit code: 42',
      /\bfirst$/m,
      /\bsecond$/m,
      ">>> RUN echo first",
    ],
  },
  {
    title: "a command that its shell does not find",
    lines: ["RUN no-such-command --now"],
    says: ["Dockerfile:2", "no-such-command: not found", "exit code: 127"],
  },
  {
    title: "an unknown user",
    lines: ["USER nobody-here", "RUN true"],
    says: ["Dockerfile:3", /USER nobody-here: Cannot find the user "nobody-here"/, "a number needs no entry"],
  },
  {
    title: "an unknown group",
    lines: ["USER root:no-group", "RUN true"],
    says: ["Dockerfile:3", /Cannot find the group "no-group"/],
  },
  {
    title: "a user number that is none",
    lines: ["USER 4294967296", "RUN true"],
    says: ["Dockerfile:3", "4294967296"],
  },
  {
    title: "a shell that is not in the image",
    from: "scratch",
    lines: ["RUN true"],
    says: ["Dockerfile:2", 'Cannot run the shell "/bin/sh": the image does not have it', "SHELL"],
  },
  {
    title: "another shell that is not in the image",
    lines: ['SHELL ["/bin/bash", "-c"]', "RUN true"],
    says: ["Dockerfile:3", 'Cannot run the shell "/bin/bash"'],
  },
  {
    title: "a program that is missing",
    lines: ['RUN ["no-such-program", "x"]'],
    says: ["Dockerfile:2", 'Cannot run "no-such-program": it is in no folder of PATH'],
  },
  {
    title: "a program that is no program",
    lines: ['RUN ["/etc/passwd"]'],
    says: ["Dockerfile:2", "/etc/passwd in the image is not an executable file"],
  },
  {
    title: "a script whose interpreter is missing",
    lines: ["COPY --chmod=755 <<EOF /script", "#!/bin/no-interpreter", "EOF", 'RUN ["/script"]'],
    says: ["Dockerfile:5", "/script", /No such file/],
  },
  {
    title: "a working directory that is a file",
    lines: ["WORKDIR /w", "RUN rm -r /w && touch /w", "RUN true"],
    says: ["Dockerfile:4", "Cannot run in /w: it is not a folder in the image"],
  },
  {
    title: "a process that is killed",
    lines: ["RUN kill -KILL $$"],
    says: ["Dockerfile:2", "exit code: 137", "SIGKILL"],
  },
  {
    title: "a process that crashes",
    lines: ["RUN kill -SEGV $$"],
    says: ["Dockerfile:2", "exit code: 139", "SIGSEGV"],
  },
  {
    title: "a file whose name is a whiteout",
    lines: ["RUN touch /.wh.etc"],
    says: ["Dockerfile:2", ".wh.etc"],
  },
  {
    title: "no arguments at all",
    lines: ["RUN []"],
    says: ["Dockerfile:2", "there is no program to run"],
  },
  {
    title: "a mount, which is not there yet",
    lines: ["RUN --mount=type=cache,target=/c true"],
    says: ["Dockerfile:2", "RUN --mount=type=cache,target=/c is not supported yet"],
  },
];

describe.skipIf(cannotRun("RUN of bad input"))("tsbuild says what is wrong with a RUN", () => {
  let place: RegistryWithBases;
  beforeAll(async () => {
    place = await openRegistryWithBases("run-bad-input", ["busybox"]);
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  const write = async (title: string, lines: readonly string[], from?: string): Promise<string> => {
    const context = join(place.folder, title.replaceAll(/\W/g, "-"));
    await mkdir(context);
    await writeFile(
      join(context, "Dockerfile"),
      [`FROM ${from ?? place.reference("busybox")}`, ...lines, ""].join("\n"),
    );
    return context;
  };

  it.each(inputs)("$title", async ({ title, lines, from, says }) => {
    const context = await write(title, lines, from);
    const store = join(place.folder, "store");
    const finished = await tryTsbuild([
      "build",
      "--progress=plain",
      "--store",
      store,
      "-t",
      "bad:1",
      context,
    ]);
    for (const text of says) expect(finished.stderr).toMatch(text);
    expect(finished.stderr).not.toMatch(/\n {4}at /);
    expect(finished.stdout).toBe("");
    expect(finished.status).toBe(1);
  });

  it("no space left", async () => {
    const context = await write("full", ["RUN dd if=/dev/zero of=/big bs=1M count=64"]);
    const store = join(place.folder, "full-store");
    await mkdir(store);
    const script =
      'mount -t tmpfs -o size=24m tmpfs "$1"; store=$1; shift; status=0; "$@" || status=$?; find "$store/tmp" "$store/unpacked" -mindepth 1 -maxdepth 1; exit $status';
    const finished = await runProgram("unshare", [
      ...["--mount", "sh", "-c", script, "sh", store],
      ...[...tsbuildCommand, "build", "--progress=plain", "--store", store, "--tag", "full:1", context],
    ]);
    expect(finished.stderr).toMatch(/no space left/i);
    expect(finished.stderr).toMatch("Dockerfile:2");
    expect(finished.status).toBe(1);
    // Nothing of the step is left: only the folder of unpacked layers.
    expect(finished.stdout.trim().split("\n")).toHaveLength(1);
  });

  it("a step out of memory", async ({ skip }) => {
    const limit = limitMemory(700 << 20);
    if (limit === undefined) return skip("no control group with a limit of memory can be made here");
    try {
      const context = await write("memory", ["RUN tail /dev/zero"]);
      const store = join(place.folder, "memory-store");
      const [program, ...args] = limit.command([
        ...[...tsbuildCommand, "build", "--progress=plain", "--store", store, "--tag", "memory:1", context],
      ]);
      const finished = await runProgram(program, args);
      expect(finished.stderr).toMatch("Dockerfile:2");
      expect(finished.stderr).toMatch("exit code: 137: the kernel ended it for want of memory");
      expect(finished.status).toBe(1);
    } finally {
      limit[Symbol.dispose]();
    }
  });
});
