import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandNames } from "./commands/command-names.ts";
import { commandTable, flagsOf } from "./commands/command-table.ts";
import { isSwitch, longName, propertyName } from "./options/flag.ts";
import type { ParsedOptions } from "./options/judge-flags.ts";
import { makeProgram } from "./program.ts";
import { fakeIo } from "./testing/fake-io.ts";

async function parse(...args: string[]) {
  const found: { command: string; args: readonly string[]; options: ParsedOptions }[] = [];
  const program = makeProgram(fakeIo(), async ({ name }, rest, options) => {
    found.push({ command: name, args: rest, options });
  });
  await program.parseAsync(args, { from: "user" });
  return found[0];
}

describe("the command line", () => {
  it("knows the same commands by name as by what they do", () => {
    expect(commandTable.map(({ name }) => name)).toEqual(commandNames);
  });

  it.each([
    [["."], "build", ["."]],
    [["-t", "a", "."], "build", ["."]],
    [[".", "-t", "a"], "build", ["."]],
    [["-t", "images", "."], "build", ["."]],
    [["build", ".", "-t", "a"], "build", ["."]],
    [["build", "-t", "a", "images"], "build", ["images"]],
    [["--store", "s", "images"], "images", []],
    [["images", "--store", "s", "app"], "images", ["app"]],
    [["-D", "rmi", "a", "b"], "rmi", ["a", "b"]],
    [["-f", "-", "."], "build", ["."]],
    [["--", "images"], "images", []],
    [[], "build", []],
  ])("reads %j as the command %s with %j", async (args, command, rest) => {
    expect(await parse(...args)).toMatchObject({ command, args: rest });
  });

  it("collects repeated flags in order, and keeps the last of the others", async () => {
    const found = await parse("-t", "a", "--tag=b", "-tc", "--target", "x", "--target", "y", "-qD", ".");
    expect(found?.options).toMatchObject({ tag: ["a", "b", "c"], target: "y", quiet: true, debug: true });
  });

  it("takes --no-cache and --no-cache-filter for flags of their own", async () => {
    expect((await parse("."))?.options).toEqual({});
    expect((await parse("--no-cache", "."))?.options).toEqual({ noCache: true });
    expect((await parse("--no-cache-filter", "a", "--no-cache-filter", "b", "."))?.options).toEqual({
      noCacheFilter: ["a", "b"],
    });
  });

  it("accepts every flag of every command, with --store and --debug also before the command", async () => {
    for (const command of commandTable) {
      for (const flag of flagsOf(command)) {
        const given = isSwitch(flag) ? [longName(flag)] : [longName(flag), "value"];
        const required = command.args.includes("<") ? command.args.split(" ").map(() => "x") : [];
        const found = await parse(command.name, ...given, ...required);
        expect(found?.command).toBe(command.name);
        expect(Object.keys(found?.options ?? {})).toEqual([propertyName(flag)]);
      }
    }
  });

  it.each([
    [["images", "a", "b"], "too many arguments"],
    [["tag", "a"], "missing required argument"],
    [["--tag"], "argument missing"],
    [["pull", "--nope", "a"], "unknown option"],
  ])("refuses %j", async (args, reason) => {
    await expect(parse(...args)).rejects.toThrow(reason);
  });
});

describe("docs/cli.md", () => {
  const text = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

  it("has every command and every flag", () => {
    for (const command of commandTable) {
      expect(text).toContain(`## tsbuild ${command.name}\n`);
      for (const flag of flagsOf(command)) expect(text).toContain(`\`${longName(flag)}`);
    }
  });
});
