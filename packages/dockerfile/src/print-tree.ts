// A parsed Dockerfile as readable text, one line an instruction with its lines in the file: what the golden files of
// `testdata` hold, and what tests compare when places don't matter.

import type { Command, CopySource, Dockerfile, Heredoc, Instruction, Pair, Word } from "./instruction.ts";

/** Prints directives, arguments, stages and warnings. `lines: false` leaves the line numbers out. */
export function printTree(dockerfile: Dockerfile, options: { lines?: boolean } = {}): string {
  const { directives, globalArgs, stages, warnings } = dockerfile;
  const out: string[] = [];
  const withLines = options.lines ?? true;
  const where = ({ span }: Pick<Instruction, "span">) =>
    withLines ? `${span.start.line}-${span.end.line} ` : "";
  if (directives.syntax !== undefined) out.push(`(syntax ${show(directives.syntax)})`);
  if (directives.escape !== "\\") out.push(`(escape ${directives.escape})`);
  if (directives.check !== undefined) out.push(`(check ${show(directives.check)})`);
  for (const arg of globalArgs) out.push(where(arg) + printInstruction(arg));
  for (const stage of stages) {
    out.push(
      `${where(stage)}(stage ${[stage.index, stage.name].filter((part) => part !== undefined).join(" ")}`,
    );
    for (const instruction of [stage.from, ...stage.instructions]) {
      out.push(`  ${where(instruction)}${printInstruction(instruction)}`);
    }
    out.push(")");
  }
  for (const warning of withLines ? warnings : []) {
    out.push(`(warning ${warning.code} ${warning.span.start.line} ${JSON.stringify(warning.message)})`);
  }
  return `${out.join("\n")}\n`;
}

function printInstruction(instruction: Instruction): string {
  const comments = instruction.comments.map((comment) => `(comment ${JSON.stringify(comment)})`);
  return list(instruction.keyword.text, ...parts(instruction), ...comments);
}

function parts(instruction: Instruction): (string | undefined)[] {
  let items: (string | undefined)[];
  switch (instruction.kind) {
    case "from":
      items = [show(instruction.image), named("platform", instruction.platform), named("as", instruction.as)];
      break;
    case "arg":
      items = instruction.args.map(({ name, value }) =>
        list(show(name), value === undefined ? undefined : show(value)),
      );
      break;
    case "env":
    case "label":
      items = [instruction.legacy ? "legacy" : undefined, ...instruction.pairs.map(printPair)];
      break;
    case "copy":
    case "add":
      items = [
        ...instruction.sources.map(printSource),
        `-> ${show(instruction.destination)}`,
        ...transferFlags(instruction),
      ];
      break;
    case "run":
      items = [
        printCommand(instruction.command),
        ...instruction.heredocs.map(printHeredoc),
        ...instruction.mounts.map((mount) =>
          list("mount", mount.type ?? "?", ...[...mount.options].map(printOption)),
        ),
        option("network", instruction.network),
        option("security", instruction.security),
        ...instruction.devices.map((device) => named("device", device)),
      ];
      break;
    case "cmd":
    case "entrypoint":
      items = [printCommand(instruction.command)];
      break;
    case "healthcheck":
      items = [
        instruction.command === undefined ? "none" : printCommand(instruction.command),
        ...Object.entries(instruction.options).map(([name, value]) => option(name, String(value))),
      ];
      break;
    case "shell":
      items = instruction.args.map((arg) => JSON.stringify(arg));
      break;
    case "user":
      items = [show(instruction.user)];
      break;
    case "workdir":
      items = [show(instruction.path)];
      break;
    case "stopsignal":
      items = [show(instruction.signal)];
      break;
    case "maintainer":
      items = [JSON.stringify(instruction.name)];
      break;
    case "expose":
      items = instruction.ports.map(show);
      break;
    case "volume":
      items = instruction.paths.map(show);
      break;
    case "onbuild":
      return [
        printInstruction(instruction.instruction),
        list("trigger", JSON.stringify(instruction.trigger)),
      ];
  }
  return items;
}

function transferFlags(instruction: Extract<Instruction, { kind: "copy" | "add" }>): (string | undefined)[] {
  const own =
    instruction.kind === "copy"
      ? [named("from", instruction.from), instruction.parents ? "(parents)" : undefined]
      : [
          named("checksum", instruction.checksum),
          option("keep-git-dir", instruction.keepGitDir),
          option("unpack", instruction.unpack),
        ];
  return [
    named("chown", instruction.chown),
    named("chmod", instruction.chmod),
    instruction.link ? "(link)" : undefined,
    ...instruction.excludes.map((word) => named("exclude", word)),
    ...own,
  ];
}

function printSource(source: CopySource): string {
  return source.kind === "path" ? show(source.word) : printHeredoc(source.heredoc);
}

function printHeredoc(heredoc: Heredoc): string {
  return list(
    "heredoc",
    heredoc.name,
    heredoc.fileDescriptor === 0 ? undefined : String(heredoc.fileDescriptor),
    heredoc.expand ? undefined : "quoted",
    heredoc.chomp ? `chomp ${JSON.stringify(heredoc.raw)}` : undefined,
    JSON.stringify(heredoc.content),
  );
}

function printCommand(command: Command): string {
  return command.form === "shell"
    ? list("shell", JSON.stringify(command.text))
    : list("exec", ...command.args.map((arg) => JSON.stringify(arg)));
}

function printPair({ key, value }: Pair): string {
  return list(show(key), show(value));
}

function printOption([key, value]: [string, string | undefined]): string {
  return value === undefined ? key : `${key}=${JSON.stringify(value)}`;
}

function show(word: Word): string {
  return JSON.stringify(word.text);
}

function named(name: string, word: Word | undefined): string | undefined {
  return word === undefined ? undefined : list(name, show(word));
}

function option(name: string, value: string | boolean | undefined): string | undefined {
  return value === undefined ? undefined : list(name, String(value));
}

function list(...items: (string | undefined)[]): string {
  return `(${items.filter((item) => item !== undefined).join(" ")})`;
}
