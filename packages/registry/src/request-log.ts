// The last requests, for tests that ask what a client sent, and for people who wonder.
import type { IncomingHttpHeaders } from "node:http";

export interface LoggedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Of the answer; `undefined` while there is none, and when the connection was cut before one. */
  readonly status: number | undefined;
}

/** An entry whose answer is still to come. */
export interface OpenEntry extends Omit<LoggedRequest, "status"> {
  status: number | undefined;
}

const kept = 10_000;

export class RequestLog {
  readonly entries: LoggedRequest[] = [];

  add(method: string, path: string, headers: IncomingHttpHeaders): OpenEntry {
    const entry: OpenEntry = { method, path, headers, status: undefined };
    this.entries.push(entry);
    if (this.entries.length > kept) this.entries.splice(0, kept / 10);
    return entry;
  }
}
