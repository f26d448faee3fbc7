// The embedded registry: node:http around `serve`, with faults in between when a test asks for them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { BlobStore } from "@tsbuild/store";
import { Gate } from "./auth/gate.ts";
import type { RegistryAuth } from "./auth/registry-auth.ts";
import { bendReply, CutConnection, type BentReply } from "./faults/bend-reply.ts";
import { Faults, type Fault, type FaultRule } from "./faults/faults.ts";
import { receiveBody } from "./faults/receive-body.ts";
import { formatErrors, ProtocolError } from "./protocol-error.ts";
import type { Reply } from "./reply.ts";
import { RequestLog, type LoggedRequest } from "./request-log.ts";
import { parseRoute } from "./route.ts";
import { serve } from "./serve.ts";
import { openFolderStorage, openStoreStorage } from "./storage/registry-storage.ts";

export interface RegistryOptions {
  /** A folder of the registry's own (kept, and served again at the next start), or a store for its bytes (repositories and tags then end with the registry). */
  readonly store: string | BlobStore;
  /** Default 127.0.0.1: nobody else's business. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly auth?: RegistryAuth;
  readonly isReadOnly?: boolean;
  /** Faults from the start; more can be added while it runs. */
  readonly faults?: readonly FaultRule[];
}

export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, as in a reference. */
  readonly host: string;
  readonly faults: Faults;
  /** The last requests, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Cuts all connections and lets go of the port. */
  close(): Promise<void>;
}

/** Resolves when the registry listens. */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { store } = options;
  const opened = await (typeof store === "string" ? openFolderStorage(store) : openStoreStorage(store));
  const faults = new Faults(options.faults);
  const log = new RequestLog();
  const server = createServer();
  // A layer may take hours on a slow line.
  server.requestTimeout = 0;
  const host = await listen(server, options.host ?? "127.0.0.1", options.port ?? 0).catch(
    async (error: unknown) => {
      await opened.close();
      throw error;
    },
  );
  const url = `http://${host}`;
  const gate = new Gate(options.auth, url);
  const parts = { storage: opened.storage, gate, isReadOnly: options.isReadOnly === true };
  server.on("request", (request, response) => void handle(request, response, parts, faults, log));
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await opened.close();
  };
  return { url, host, faults, requests: log.entries, close, [Symbol.asyncDispose]: close };
}

async function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new TypeError("Cannot start the registry: it has no port");
  return address.family === "IPv6"
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}

type Parts = Parameters<typeof serve>[2];

/** Never rejects. */
async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  parts: Parts,
  faults: Faults,
  log: RequestLog,
): Promise<void> {
  const target = request.url ?? "/";
  const method = request.method ?? "GET";
  const logged = log.add(method, target, request.headers);
  const fault = faults.next(method, target);
  // A client may go away at any moment; what then fails is of no interest.
  request.on("error", () => {});
  response.on("error", () => {});
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const reply = await replyTo(request, target, parts, fault, gone.signal);
    logged.status = reply.status;
    await send(response, bendReply(reply, fault, gone.signal), method === "HEAD", fault);
  } catch {
    // Only a connection that broke, or is to break, comes here: errors have become replies.
    response.destroy();
    request.destroy();
  }
}

async function replyTo(
  request: IncomingMessage,
  target: string,
  parts: Parts,
  fault: Fault | undefined,
  gone: AbortSignal,
): Promise<Reply> {
  if (fault?.kind === "status") {
    request.resume();
    return {
      status: fault.status,
      headers: fault.headers ?? {},
      body: fault.body ?? formatErrors("UNKNOWN", "a fault on demand"),
    };
  }
  if (fault?.kind === "redirect") {
    request.resume();
    return {
      status: fault.status ?? 307,
      headers: { location: fault.location ?? `${fault.origin ?? ""}${target}` },
    };
  }
  const method = request.method ?? "GET";
  try {
    const url = new URL(target, "http://registry");
    const route = parseRoute(url.pathname);
    if (fault?.kind === "expire-upload" && route?.kind === "upload")
      await parts.storage.uploads.cancel(route.repository, route.id);
    const header = (name: string): string | undefined => {
      if (fault?.kind === "ignore-range" && name === "range") return undefined;
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    return await serve(
      { method, query: url.searchParams, header, body: receiveBody(request, fault, gone) },
      route,
      parts,
    );
  } catch (error) {
    if (error instanceof CutConnection || gone.aborted) throw error;
    return errorReply(error);
  }
}

function errorReply(error: unknown): Reply {
  const headers = { "content-type": "application/json" };
  if (error instanceof ProtocolError) {
    return {
      status: error.status,
      headers: { ...headers, ...error.headers },
      body: formatErrors(error.code, error.message),
    };
  }
  // Its own words may name files: they stay here.
  return { status: 500, headers, body: formatErrors("UNKNOWN", "the registry failed") };
}

async function send(
  response: ServerResponse,
  reply: BentReply,
  isHead: boolean,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === "disconnect" && fault.afterBytes < 0) throw new CutConnection();
  const headers: Record<string, string> = {
    "docker-distribution-api-version": "registry/2.0",
    ...reply.headers,
  };
  if (reply.isChunked) delete headers["content-length"];
  response.writeHead(reply.status, headers);
  if (isHead || reply.body === undefined) {
    response.end();
    return;
  }
  response.flushHeaders();
  await pipeline(reply.body, response);
}
