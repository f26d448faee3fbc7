// What is said once more when a build is over: the end of a failed step's output, then the warnings.
import type { BuildView, StepView } from "../progress/build-view.ts";
import { formatOutputLine } from "../progress/step-output.ts";

const rule = "------";

/** Lines for standard error; empty when there is nothing to say. */
export function endReport(view: BuildView): string[] {
  return [...failuresOf(view).flatMap(failureLines), ...warningLines(view)];
}

// What ends because something else has failed ends with the same message; who was first is the one to show.
function failuresOf(view: BuildView): StepView[] {
  const failed = view.steps.filter((step) => step.state === "failed");
  const byMessage = new Map<string | undefined, StepView>();
  for (const step of failed.toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0))) {
    if (!byMessage.has(step.message)) byMessage.set(step.message, step);
  }
  return [...byMessage.values()];
}

function failureLines({ name, startedMs, output }: StepView): string[] {
  const lines = (output?.lines ?? []).map((line) => formatOutputLine(line, startedMs));
  const dropped = output?.dropped ?? 0;
  const before = dropped === 0 ? [] : [`(${String(dropped)} earlier ${dropped === 1 ? "line" : "lines"})`];
  return [rule, ` > ${name}:`, ...before, ...lines, rule];
}

function warningLines(view: BuildView): string[] {
  const lines = view.warnings.map(({ code, message, line }) => {
    const place = line === undefined ? "" : ` (line ${String(line)})`;
    return ` - ${code}: ${message}${place}`;
  });
  const different = [...new Set(lines)];
  if (different.length === 0) return [];
  const noun = different.length === 1 ? "warning" : "warnings";
  return ["", ` ${String(different.length)} ${noun} found:`, ...different];
}
