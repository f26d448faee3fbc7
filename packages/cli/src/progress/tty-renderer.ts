// `--progress=tty`: the picture of the build is drawn over the one before it. All cursor control is here.
// https://man7.org/linux/man-pages/man4/console_codes.4.html
import type { ProgressEvent } from "@tsbuild/builder";
import type { OutputStream } from "../command-io.ts";
import type { BuildView } from "./build-view.ts";
import { displayWidth } from "./display-width.ts";
import { drawFrame } from "./frame.ts";
import type { Paint } from "./paint.ts";
import type { Renderer } from "./renderer.ts";
import { showCursor } from "./show-cursor.ts";

const hideCursor = "\u001b[?25l";
const clearToLineEnd = "\u001b[K";
const clearToScreenEnd = "\u001b[J";

/** Draws `view`, which someone else keeps up to date. */
export class TtyRenderer implements Renderer {
  readonly #stream: OutputStream;
  readonly #view: BuildView;
  readonly #paint: Paint;
  /** Columns that each line of the last picture takes. */
  #drawnWidths: number[] = [];
  #begun = false;
  #closed = false;
  #nowMs = 0;

  constructor(stream: OutputStream, view: BuildView, paint: Paint) {
    this.#stream = stream;
    this.#view = view;
    this.#paint = paint;
  }

  report(event: ProgressEvent): void {
    this.#nowMs = Math.max(this.#nowMs, event.timeMs);
  }

  tick(nowMs: number): void {
    if (this.#closed) return;
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#draw(Math.max(2, (this.#stream.rows ?? 24) - 1));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // The last picture stays, so it has every step and may scroll.
    this.#draw(Number.MAX_SAFE_INTEGER);
    this.#stream.write(showCursor);
  }

  #draw(rows: number): void {
    // The last column stays free: writing to it makes some terminals wrap at once, others later.
    const columns = Math.max(20, (this.#stream.columns || 80) - 1);
    const lines = drawFrame(this.#view, this.#nowMs, { columns, rows }, this.#paint);
    const up = this.#drawnRows(columns + 1);
    const begin = this.#begun ? "" : hideCursor;
    const move = up > 0 ? `\u001b[${String(up)}A\r` : "\r";
    const body = lines.map((line) => `${line}${clearToLineEnd}\n`).join("");
    this.#stream.write(begin + move + body + clearToScreenEnd);
    this.#begun = true;
    this.#drawnWidths = lines.map((line) => displayWidth(withoutColour(line)));
  }

  // After the window became narrower the lines of the last picture are wrapped and take more rows.
  #drawnRows(columns: number): number {
    return this.#drawnWidths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  }
}

function withoutColour(line: string): string {
  // oxlint-disable-next-line no-control-regex -- our own colour codes
  return line.replace(/\u001b\[\d+m/g, "");
}
