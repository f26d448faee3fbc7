// A process for tests: streams that keep what is written, an environment, a clock that only moves when told.
import { Readable, Writable } from "node:stream";
import type { CommandIo, OutputStream } from "../command-io.ts";

export interface FakeIo extends CommandIo {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Milliseconds that `now` gives. */
  time: number;
  readonly controller: AbortController;
}

interface FakeSettings {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly stdoutIsTTY?: boolean;
  readonly stderrIsTTY?: boolean;
}

export class FakeOutput extends Writable implements OutputStream {
  readonly isTTY: boolean;
  columns: number | undefined;
  rows: number | undefined;
  readonly #chunks: Buffer[] = [];

  constructor(isTTY = false, columns?: number, rows?: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
    this.rows = rows;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("utf8");
  }

  /** What was written since the last call. */
  take(): string {
    const { text } = this;
    this.#chunks.length = 0;
    return text;
  }
}

export function fakeIo(settings: FakeSettings = {}): FakeIo {
  const controller = new AbortController();
  const { stdin } = settings;
  return {
    stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)], { objectMode: false }),
    stdout: new FakeOutput(settings.stdoutIsTTY),
    stderr: new FakeOutput(settings.stderrIsTTY),
    env: settings.env ?? {},
    cwd: settings.cwd ?? "/",
    controller,
    signal: controller.signal,
    time: 0,
    now() {
      return this.time;
    },
  };
}
