// What is said once more when a build is over: the end of a failed step's output, then the warnings.
import type { BuildView, StepView } from "../progress/build-view.ts";

const rule = "------";

/** Lines for standard error; empty when there is nothing to say. */
export function endReport(view: BuildView): string[] {
  const failures = view.steps.filter((step) => step.state === "failed" && step.tail.length > 0);
  return [...failures.flatMap(failureTail), ...warningLines(view)];
}

function failureTail(step: StepView): string[] {
  return [rule, ` > ${step.name}:`, ...step.tail, rule];
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
