// `--progress=rawjson`: every event as one line of JSON, bytes in base64.
import type { ProgressEvent } from "@tsbuild/builder";
import type { Renderer, WriteText } from "./renderer.ts";

export class RawJsonRenderer implements Renderer {
  readonly #write: WriteText;

  constructor(write: WriteText) {
    this.#write = write;
  }

  report(event: ProgressEvent): void {
    this.#write(`${encodeEvent(event)}\n`);
  }

  tick(): void {}

  close(): void {}
}

function encodeEvent(event: ProgressEvent): string {
  const plain =
    event.kind === "output" ? { ...event, bytes: Buffer.from(event.bytes).toString("base64") } : event;
  // JSON leaves DEL and C1 as they are, and a terminal may obey them.
  return JSON.stringify(plain).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
