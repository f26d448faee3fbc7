// Done when, point 8, what a user writes wrong: each message names file and line, and what to do.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryTsbuild } from "../command/run-tsbuild.ts";
import { makeTemporaryFolder, type TemporaryFolder } from "../machine/temporary-folder.ts";

interface BadInput {
  readonly title: string;
  /** Files of the context; without a Dockerfile among them there is none. */
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** All of these are in what is printed on standard error. */
  readonly says: readonly (string | RegExp)[];
  readonly status?: number;
}

const inputs: readonly BadInput[] = [
  { title: "no Dockerfile", files: { "a.txt": "a" }, says: [/Cannot read .*Dockerfile/, / -f\b/] },
  { title: "an empty Dockerfile", files: { Dockerfile: "" }, says: ["Dockerfile", "empty"] },
  {
    title: "a Dockerfile of comments",
    files: { Dockerfile: "# nothing\n\n# here\n" },
    says: ["Dockerfile", /no instructions|empty/],
  },
  {
    title: "an unknown instruction",
    files: { Dockerfile: "FROM scratch\nCOPPY a /a\n" },
    says: ["Dockerfile:2", "COPPY", /did you mean "?COPY"?/i],
  },
  {
    title: "an instruction before FROM",
    files: { Dockerfile: "COPY a /a\nFROM scratch\n" },
    says: ["Dockerfile:1", "FROM"],
  },
  {
    title: "a here-document without an end",
    files: { Dockerfile: "FROM scratch\nCOPY <<END /a\ntext\n" },
    says: ["Dockerfile:2", /unterminated heredoc|"?END"?/],
  },
  {
    title: "an unknown flag",
    files: { Dockerfile: "FROM scratch\nCOPY --chwon=1 a /a\n", a: "a" },
    says: ["Dockerfile:2", "--chwon", /did you mean (--)?chown/],
  },
  {
    title: "a substitution that does not end",
    files: { Dockerfile: "FROM scratch\nENV a=1\nLABEL b=${a\n" },
    says: ["Dockerfile:3", /missing ['"]?}/],
  },
  {
    title: "a required variable that is not set",
    files: { Dockerfile: "FROM scratch\nLABEL a=${version:?give --build-arg version}\n" },
    says: ["Dockerfile:2", "version", "give --build-arg version"],
  },
  {
    title: "RUN, which is not there yet",
    files: { Dockerfile: "FROM scratch\nENV a=1\nRUN true\n" },
    says: ["Dockerfile:3", "RUN"],
  },
  {
    title: "a missing source",
    files: { Dockerfile: "FROM scratch\nCOPY there /\n\nCOPY missing.txt /\n", there: "x" },
    says: ["Dockerfile:4", "missing.txt", "not found"],
  },
  {
    title: "a source that .dockerignore leaves out",
    files: { Dockerfile: "FROM scratch\nCOPY secret.txt /\n", "secret.txt": "s", ".dockerignore": "*.txt\n" },
    says: ["Dockerfile:2", "secret.txt", /ignore/, "*.txt"],
  },
  {
    title: "an unknown stage in --from",
    files: { Dockerfile: "FROM scratch AS build\nFROM scratch\nCOPY --from=biuld /a /a\n" },
    says: ["Dockerfile:3", "biuld"],
  },
  {
    title: "a stage that comes later",
    files: { Dockerfile: "FROM scratch\nCOPY --from=later /a /a\nFROM scratch AS later\n" },
    args: ["--target", "0"],
    says: ["Dockerfile:2", "later", "before"],
  },
  {
    title: "an unknown target",
    files: { Dockerfile: "FROM scratch AS build\nCOPY a /a\n", a: "a" },
    args: ["--target", "biuld"],
    says: ["biuld", "build"],
  },
  {
    title: "an owner that the image does not know",
    files: { Dockerfile: "FROM scratch\nCOPY --chown=nobody-here a /a\n", a: "a" },
    says: ["Dockerfile:2", "nobody-here"],
  },
  {
    title: "a foreign frontend",
    files: { Dockerfile: "# syntax=example.com/other:1\nFROM scratch\nCOPY a /a\n", a: "a" },
    says: ["Dockerfile:1", "example.com/other:1"],
  },
  {
    title: "an unknown option",
    files: { Dockerfile: "FROM scratch\n" },
    args: ["--tga", "x"],
    says: ["--tga", "--tag"],
    status: 2,
  },
  {
    title: "a name that is none",
    files: { Dockerfile: "FROM scratch\n" },
    args: ["-t", "Upper/CASE"],
    says: ["Upper/CASE"],
    status: 2,
  },
];

describe("tsbuild says what is wrong, where, and what to do about", () => {
  let temporary: TemporaryFolder;
  beforeAll(async () => {
    temporary = await makeTemporaryFolder("bad-dockerfile");
  });
  afterAll(async () => temporary?.[Symbol.asyncDispose]());

  it.each(inputs)("$title", async ({ title, files, args = [], says, status = 1 }) => {
    const context = join(temporary.path, title.replaceAll(/\W/g, "-"));
    await mkdir(context);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(context, name)), { recursive: true });
      await writeFile(join(context, name), text);
    }
    const out = ["--output", `type=oci,dest=${join(context, "out.tar")}`];
    const finished = await tryTsbuild([
      "build",
      "--store",
      join(temporary.path, "store"),
      ...out,
      ...args,
      context,
    ]);
    for (const text of says) expect(finished.stderr).toMatch(text);
    expect(finished.stderr).not.toMatch(/\n {4}at /);
    expect(finished.stdout).toBe("");
    expect(finished.status).toBe(status);
  });
});
