// COPY and ADD: which input, which sources, where to. What this version cannot do is refused here, by name.
import { expandHeredoc, type AddInstruction, type CopyInstruction } from "@tsbuild/dockerfile";
import { BuildError } from "../build-error.ts";
import { type Evaluation, type StepOrigin, withEffect } from "./evaluation.ts";
import type { Effect, InlineFile, Input } from "./plan.ts";
import type { StageContext } from "./stage-context.ts";
import { findSourceStage } from "./stage-name.ts";
import { expand } from "./variable-scope.ts";

export function planTransfer(
  state: Evaluation,
  instruction: CopyInstruction | AddInstruction,
  context: StageContext,
  origin: StepOrigin,
): Evaluation {
  refuseUnsupported(instruction);
  const word = (text: string): string => expand(state.scope, text);
  const sources: string[] = [];
  const inlineFiles: InlineFile[] = [];
  for (const source of instruction.sources) {
    if (source.kind === "path") {
      const path = word(source.word.text);
      refuseRemote(instruction.kind, path);
      sources.push(path);
    } else {
      const { name, content, expand: expands } = source.heredoc;
      const values = (variable: string): string | undefined => state.scope.values.get(variable);
      inlineFiles.push({ name, content: expands ? expandHeredoc(content, values) : content });
    }
  }
  const destination = word(instruction.destination.text);
  const from = inputOf(instruction, context);
  const chown = instruction.chown === undefined ? undefined : word(instruction.chown.text);
  const chmod = instruction.chmod === undefined ? undefined : word(instruction.chmod.text);
  const shared = {
    from,
    sources,
    inlineFiles,
    destination,
    workdir: state.config.WorkingDir ?? "/",
    ...(chown === undefined || chown === "" ? {} : { chown }),
    ...(chmod === undefined || chmod === "" ? {} : { chmod }),
    excludes: instruction.excludes.map((exclude) => exclude.text),
    link: instruction.link,
  };
  const effect: Effect =
    instruction.kind === "copy"
      ? { kind: "copy", parents: instruction.parents, ...shared }
      : {
          kind: "add",
          ...(instruction.unpack === undefined ? {} : { unpack: instruction.unpack }),
          ...shared,
        };
  return withEffect(state, transferText(instruction, effect), effect, origin);
}

function transferText(
  instruction: CopyInstruction | AddInstruction,
  effect: Effect & { kind: "copy" | "add" },
): string {
  const words = [instruction.kind === "copy" ? "COPY" : "ADD"];
  if (effect.chown !== undefined) words.push(`--chown=${effect.chown}`);
  if (effect.chmod !== undefined) words.push(`--chmod=${effect.chmod}`);
  words.push(...effect.sources, ...effect.inlineFiles.map((file) => `<<${file.name}`), effect.destination);
  return words.join(" ");
}

function inputOf(instruction: CopyInstruction | AddInstruction, context: StageContext): Input {
  if (instruction.kind === "add" || instruction.from === undefined) return { kind: "context" };
  const { text, span } = instruction.from;
  const found = findSourceStage(context.dockerfile, text, context.index);
  if (found !== undefined) {
    if (found.tooLate) {
      throw new BuildError(
        "STAGE_UNKNOWN",
        `Cannot copy from stage "${text}": it needs to be defined before the stage that copies from it`,
      );
    }
    context.need(found.stage.index);
    return { kind: "stage", stage: found.stage.index };
  }
  const image = context.image(text, span);
  // Until the image is known the plan is only a draft, and nobody looks at this input.
  return image === undefined ? { kind: "context" } : { kind: "image", image };
}

function refuseUnsupported(instruction: CopyInstruction | AddInstruction): void {
  const name = instruction.kind.toUpperCase();
  const refuse = (flag: string): never => {
    throw new BuildError(
      "UNSUPPORTED",
      `${name} --${flag} is not supported yet: it belongs to URLs and git repositories, which ADD cannot take yet either`,
    );
  };
  if (instruction.kind === "copy") return;
  if (instruction.checksum !== undefined) refuse("checksum");
  if (instruction.keepGitDir !== undefined) refuse("keep-git-dir");
}

const gitSource = /^(?:git:\/\/|ssh:\/\/|git@[^/:]+:)/;

function refuseRemote(kind: "copy" | "add", source: string): void {
  const remote = /^https?:\/\//.test(source) || gitSource.test(source);
  if (!remote) return;
  if (kind === "copy") {
    throw new BuildError(
      "DOCKERFILE_INVALID",
      `Cannot COPY "${source}": COPY takes files only; ADD takes URLs`,
    );
  }
  throw new BuildError(
    "UNSUPPORTED",
    `Cannot ADD "${source}": URLs and git repositories are not supported yet; download it into the context first`,
  );
}
