// One picture of a build for a terminal: pure, from what is known, the time and the size. BuildKit's look.
import type { BuildView, StepView } from "./build-view.ts";
import { displayWidth, truncateToWidth } from "./display-width.ts";
import { formatSeconds, formatTransfer } from "./format-amount.ts";
import type { Colour, Paint } from "./paint.ts";

const colours: Record<StepView["state"], Colour | undefined> = {
  running: undefined,
  done: "blue",
  cached: "blue",
  failed: "red",
  canceled: "yellow",
};

// Lines of output shown under a step that runs.
const outputRows = 6;

export interface FrameSize {
  readonly columns: number;
  /** Steps are left out, the oldest finished ones first, when there are more lines. */
  readonly rows: number;
}

/** The lines from top to bottom, none wider than `columns`. */
export function drawFrame(view: BuildView, nowMs: number, size: FrameSize, paint: Paint): string[] {
  const steps = view.steps;
  const ended = steps.filter((step) => step.state !== "running").length;
  const header = `[+] Building ${formatSeconds(nowMs)} (${String(ended)}/${String(steps.length)})`;
  const title = truncateToWidth(view.finished ? `${header} FINISHED` : header, size.columns);
  const blocks = steps.map((step) => drawStep(step, nowMs, size.columns, paint));
  return [title, ...fit(blocks, Math.max(1, size.rows - 1))];
}

interface Block {
  readonly running: boolean;
  readonly head: string;
  readonly details: readonly string[];
}

function drawStep(step: StepView, nowMs: number, columns: number, paint: Paint): Block {
  const running = step.state === "running";
  const label = { running: "", done: "", cached: "CACHED ", failed: "ERROR ", canceled: "CANCELED " }[
    step.state
  ];
  const time = formatSeconds((step.endedMs ?? nowMs) - step.startedMs);
  const details = [...step.transfers].map(([id, transfer]) => {
    const amount = formatTransfer(transfer.current, transfer.total);
    const spent = formatSeconds((transfer.endedMs ?? nowMs) - transfer.startedMs);
    const text = row(` => => ${id} ${amount}`.trimEnd(), spent, columns);
    return transfer.endedMs === undefined ? text : paint("blue", text);
  });
  if (running) {
    for (const line of step.output?.last(outputRows) ?? []) {
      details.push(paint("dim", truncateToWidth(` => => # ${line.replaceAll("\t", "  ")}`, columns)));
    }
  }
  const colour = colours[step.state];
  const head = row(` => ${label}${step.name}`, time, columns);
  return { running, head: colour === undefined ? head : paint(colour, head), details };
}

// Text on the left, the time at the right edge.
function row(text: string, time: string, columns: number): string {
  const room = columns - time.length - 1;
  if (room < 8) return truncateToWidth(text, columns);
  const short = truncateToWidth(text, room);
  return `${short}${" ".repeat(room - displayWidth(short))} ${time}`;
}

function fit(blocks: readonly Block[], rows: number): string[] {
  let shown = [...blocks];
  const height = () => shown.reduce((sum, block) => sum + 1 + block.details.length, 0);
  if (height() > rows) shown = shown.map((block) => (block.running ? block : { ...block, details: [] }));
  while (height() > rows) {
    const oldest = shown.findIndex((block) => !block.running);
    if (oldest === -1) break;
    shown.splice(oldest, 1);
  }
  return shown.flatMap((block) => [block.head, ...block.details]).slice(-rows);
}
