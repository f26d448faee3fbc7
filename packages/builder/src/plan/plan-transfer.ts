// COPY and ADD: which input, which sources, where to.
import { expandHeredoc, type AddInstruction, type CopyInstruction } from "@tsbuild/dockerfile";
import { BuildError } from "../build-error.ts";
import { refuseRemote } from "./refuse-unsupported.ts";
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
  if (instruction.link && (chmod ?? "") === "") refuseNames(chown ?? "");
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

/** A linked layer stands alone: whose name it would be depends on the base. (With --chmod, --link does nothing.) */
function refuseNames(chown: string): void {
  const name = chown.split(":").find((part) => part !== "" && part !== "root" && !/^\d+$/.test(part));
  if (name === undefined) return;
  throw new BuildError(
    "DOCKERFILE_INVALID",
    `Cannot use --chown=${chown} with --link: a linked layer is made without a look at the image, so "${name}" cannot be found in it; give numbers, or leave --link out`,
  );
}

function transferText(
  instruction: CopyInstruction | AddInstruction,
  effect: Effect & { kind: "copy" | "add" },
): string {
  const words = [instruction.kind === "copy" ? "COPY" : "ADD"];
  if (effect.kind === "copy" && effect.parents) words.push("--parents");
  if (effect.chown !== undefined) words.push(`--chown=${effect.chown}`);
  if (effect.chmod !== undefined) words.push(`--chmod=${effect.chmod}`);
  words.push(...effect.sources, ...effect.inlineFiles.map((file) => `<<${file.name}`), effect.destination);
  return words.join(" ");
}

function inputOf(instruction: CopyInstruction | AddInstruction, context: StageContext): Input {
  if (instruction.kind === "add" || instruction.from === undefined) return { kind: "context" };
  const { text, span } = instruction.from;
  if (text === "scratch") return { kind: "scratch" };
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
  const image = context.image(text, context.origin(span));
  // Until the image is known the plan is only a draft, and nobody looks at this input.
  return image === undefined ? { kind: "context" } : { kind: "image", image };
}
