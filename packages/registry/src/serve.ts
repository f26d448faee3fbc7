// From a parsed request to a reply: who may, then which endpoint.
import type { Bytes } from "@tsbuild/store";
import type { Gate } from "./auth/gate.ts";
import type { Action, Permission } from "./auth/registry-auth.ts";
import type { Call } from "./call.ts";
import { serveBlob } from "./endpoints/blob-endpoint.ts";
import { listReferrers, listRepositories, listTags } from "./endpoints/list-endpoints.ts";
import { serveManifest } from "./endpoints/manifest-endpoint.ts";
import { serveUpload, startUpload } from "./endpoints/upload-endpoint.ts";
import { ProtocolError } from "./protocol-error.ts";
import { jsonReply, type Reply } from "./reply.ts";
import type { Route } from "./route.ts";
import type { RegistryStorage } from "./storage/registry-storage.ts";

export interface Served {
  readonly method: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  readonly body: Bytes;
}

const reads = new Set(["GET", "HEAD"]);

/** The methods of each route; HEAD is GET without the body. */
const methods: Readonly<Record<Route["kind"], readonly string[]>> = {
  version: ["GET", "HEAD"],
  token: ["GET", "POST"],
  catalog: ["GET"],
  blob: ["GET", "HEAD", "DELETE"],
  manifest: ["GET", "HEAD", "PUT", "DELETE"],
  uploads: ["POST"],
  upload: ["GET", "PATCH", "PUT", "DELETE"],
  tags: ["GET"],
  referrers: ["GET"],
};

/** @throws ProtocolError */
export async function serve(
  request: Served,
  route: Route | undefined,
  server: { storage: RegistryStorage; gate: Gate; isReadOnly: boolean },
): Promise<Reply> {
  if (route === undefined) throw new ProtocolError(404, "UNSUPPORTED", "there is nothing at this path");
  const { method } = request;
  if (!methods[route.kind].includes(method)) {
    throw new ProtocolError(405, "UNSUPPORTED", `no ${method} here`, {
      allow: methods[route.kind].join(", "),
    });
  }
  const authorization = request.header("authorization");
  if (route.kind === "token")
    return server.gate.giveToken(method, request.query, authorization, request.body);
  const action = actionOf(route, method);
  if (server.isReadOnly && action !== "pull")
    throw new ProtocolError(405, "UNSUPPORTED", "this registry is read-only");
  const repository = "repository" in route ? { repository: route.repository } : {};
  const permission = server.gate.admit(authorization, { ...repository, action });
  return dispatch(callOf(request, server.storage, permission), route);
}

function dispatch(call: Call, route: Exclude<Route, { kind: "token" }>): Reply | Promise<Reply> {
  switch (route.kind) {
    case "version":
      return jsonReply({});
    case "catalog":
      return listRepositories(call);
    case "tags":
      return listTags(call, route.repository);
    case "referrers":
      return listReferrers(call, route.repository, route.digest);
    case "blob":
      return serveBlob(call, route.repository, route.digest);
    case "manifest":
      return serveManifest(call, route.repository, route.reference);
    case "uploads":
      return startUpload(call, route.repository);
    case "upload":
    default:
      return serveUpload(call, route.repository, route.id);
  }
}

function callOf(request: Served, storage: RegistryStorage, permission: Permission): Call {
  return {
    method: request.method,
    query: request.query,
    header: (name) => request.header(name),
    body: request.body,
    storage,
    permission,
  };
}

function actionOf(route: Route, method: string): Action {
  if (route.kind === "upload" || route.kind === "uploads") return "push";
  if (reads.has(method)) return "pull";
  return method === "DELETE" ? "delete" : "push";
}
