// The progress of one command: picks the renderer, keeps the view of the build, gives both the time.
import type { ProgressEvent, Report } from "@tsbuild/builder";
import type { CommandIo } from "../command-io.ts";
import { BuildView } from "./build-view.ts";
import { choosePaint } from "./paint.ts";
import { PlainRenderer } from "./plain-renderer.ts";
import type { ProgressMode } from "./progress-mode.ts";
import { RawJsonRenderer } from "./raw-json-renderer.ts";
import type { Renderer, WriteText } from "./renderer.ts";
import { silentRenderer } from "./silent-renderer.ts";
import { TtyRenderer } from "./tty-renderer.ts";

const tickMs = 100;

/** `report` takes events at any time; `close` must be called, also after a failure. */
export interface Progress {
  readonly report: Report;
  readonly view: BuildView;
  close(): void;
}

export function startProgress(mode: ProgressMode, io: CommandIo): Progress {
  const view = new BuildView();
  const renderer = makeRenderer(mode, view, io);
  const begin = io.now();
  const timer = setInterval(() => renderer.tick(io.now() - begin), tickMs);
  timer.unref();
  return {
    view,
    report(event: ProgressEvent) {
      view.report(event);
      renderer.report(event);
    },
    close() {
      clearInterval(timer);
      renderer.close();
    },
  };
}

function makeRenderer(mode: ProgressMode, view: BuildView, io: CommandIo): Renderer {
  const write: WriteText = (text) => void io.stderr.write(text);
  switch (mode) {
    case "plain":
      return new PlainRenderer(write);
    case "tty":
      return new TtyRenderer(io.stderr, view, choosePaint(io));
    case "rawjson":
      return new RawJsonRenderer(write);
    case "quiet":
    case "none":
      break;
  }
  return silentRenderer;
}
