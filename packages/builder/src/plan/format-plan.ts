// A plan as text: what `--dry-run` prints and golden tests compare.
import { formatPlatform, formatReference } from "@tsbuild/oci";
import type { PlannedBuild } from "../plan-build.ts";
import type { Effect, Input, PlannedStage, RunEffect, StageBase, Step } from "./plan.ts";

/** One plan after another, each ending with a newline. */
export function formatPlan(builds: readonly PlannedBuild[]): string {
  return builds.map(formatOne).join("\n");
}

function formatOne({ plan, fates }: PlannedBuild): string {
  const lines = [`plan of ${plan.dockerfile} for ${formatPlatform(plan.platform)}`];
  for (const stage of plan.stages) {
    lines.push("", stageLine(stage, stage.index === plan.target));
    stage.steps.forEach((step, index) => lines.push(...stepLines(step, fates.get(stage.index)?.[index])));
  }
  return `${lines.join("\n")}\n`;
}

function stageLine(stage: PlannedStage, isTarget: boolean): string {
  const name = stage.name === undefined ? `stage ${stage.index}` : `stage ${stage.index} (${stage.name})`;
  return `${name}${isTarget ? ", the target" : ""}: from ${formatBase(stage.base)}`;
}

function formatBase(base: StageBase): string {
  switch (base.kind) {
    case "scratch":
      return "scratch";
    case "stage":
      return `stage ${base.stage}`;
    case "image":
      return formatReference({ ...base.image.reference, digest: base.image.manifest.digest });
  }
}

function stepLines(step: Step, fate: "hit" | "miss" | undefined): string[] {
  const mark = fate === undefined ? "config" : fate;
  const trigger = step.trigger === undefined ? "" : "  (ONBUILD)";
  const head = `  ${mark.padEnd(6)} ${oneLine(step.text)}${trigger}`;
  return step.effect === undefined
    ? [head]
    : [head, ...effectLines(step.effect).map((line) => `         ${line}`)];
}

function effectLines(effect: Effect): string[] {
  switch (effect.kind) {
    case "workdir":
      return [`workdir ${effect.path}${effect.user === "" ? "" : ` as ${effect.user}`}`];
    case "run":
      return runLines(effect);
    case "copy":
    case "add": {
      const lines = [
        `${effect.kind} from ${formatInput(effect.from)} into ${effect.destination} (working directory ${effect.workdir})`,
      ];
      for (const source of effect.sources) lines.push(`source ${oneLine(source)}`);
      for (const file of effect.inlineFiles)
        lines.push(`inline ${file.name}, ${Buffer.byteLength(file.content)} bytes`);
      return lines;
    }
  }
}

function runLines(effect: RunEffect): string[] {
  const { args, workdir, user, network, scripts } = effect;
  const as = user === "" ? "" : ` as ${user}`;
  const lines = [`run ${oneLine(JSON.stringify(args))} in ${workdir}${as}, network ${network}`];
  for (const { name, content } of scripts) lines.push(`script ${name}, ${Buffer.byteLength(content)} bytes`);
  return lines;
}

function formatInput(input: Input): string {
  switch (input.kind) {
    case "context":
      return "the context";
    case "scratch":
      return "scratch";
    case "stage":
      return `stage ${input.stage}`;
    case "image":
      return formatReference({ ...input.image.reference, digest: input.image.manifest.digest });
  }
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}
