// One upload on the registry's side: begun by POST, named by the Location of the last answer, ended by a PUT
// with the digest or by DELETE. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
import type { Digest } from "@tsbuild/oci";
import type { Scope } from "../auth/scope.ts";
import { uploadsPath } from "../content-path.ts";
import type { HttpResponse, RequestBody } from "../http/message.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";

/** A registry may hash or copy gigabytes before it answers the last request of an upload. */
const finishTimeoutMs = 600_000;

const octets = { "content-type": "application/octet-stream" };

export class UploadSession {
  readonly #context: RepositoryContext;
  readonly #scopes: readonly Scope[];
  #location: URL;
  /** The least size of a chunk that is not the last, in bytes. */
  readonly minChunkBytes: number;

  private constructor(context: RepositoryContext, scopes: readonly Scope[], response: HttpResponse) {
    this.#context = context;
    this.#scopes = scopes;
    this.#location = locationOf(response, context.name);
    this.minChunkBytes = Number(response.header("oci-chunk-min-length") ?? 0) || 0;
  }

  /** The session that a 202 has opened. */
  static from(context: RepositoryContext, scopes: readonly Scope[], response: HttpResponse): UploadSession {
    return new UploadSession(context, scopes, response);
  }

  static async start(context: RepositoryContext, signal?: AbortSignal): Promise<UploadSession> {
    const { host, repository, name } = context;
    const scopes = [{ repository, access: "pull,push" }] as const;
    const response = await host.ask({
      method: "POST",
      target: uploadsPath(repository),
      scopes,
      expect: [202],
      action: `push to ${name}`,
      headers: { "content-length": "0" },
      ...(signal === undefined ? {} : { signal }),
    });
    await response.discard();
    return new UploadSession(context, scopes, response);
  }

  /** Sends bytes, all of the blob or a chunk of it beginning at `offset`. Never repeated: a part may have arrived. */
  async append(
    body: RequestBody,
    chunk: { offset: number } | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const range: Record<string, string> =
      chunk === undefined
        ? {}
        : { "content-range": `${chunk.offset}-${chunk.offset + (body.size ?? 0) - 1}` };
    const response = await this.#ask(
      "PATCH",
      this.#location,
      [202, 201, 204],
      { ...octets, ...range },
      body,
      signal,
    );
    await response.discard();
    this.#location = locationOf(response, this.#context.name, this.#location);
  }

  /** Ends the upload; `body` is the blob, or its last part, where nothing else was sent. */
  async finish(digest: Digest, body: RequestBody | undefined, signal?: AbortSignal): Promise<HttpResponse> {
    const url = new URL(this.#location);
    // Appended by hand: searchParams.set would rewrite a signed query in its own spelling.
    url.search += `${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
    const response = await this.#ask("PUT", url, [201, 204], octets, body, signal);
    await response.discard();
    return response;
  }

  /** Tells the registry to forget the upload. Never fails: what is left it cleans up itself, some day. */
  async cancel(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(5_000);
      const response = await this.#ask(
        "DELETE",
        this.#location,
        [200, 202, 204, 404, 405],
        {},
        undefined,
        signal,
      );
      await response.discard();
    } catch {
      // The upload's own failure is the one to report.
    }
  }

  #ask(
    method: "PATCH" | "PUT" | "DELETE",
    target: URL,
    expect: readonly number[],
    headers: Readonly<Record<string, string>>,
    body: RequestBody | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return this.#context.host.ask({
      method,
      target,
      scopes: this.#scopes,
      expect,
      action: `push to ${this.#context.name}`,
      headers,
      attempts: 1,
      ...(method === "PUT" ? { headersTimeoutMs: finishTimeoutMs } : {}),
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function locationOf(response: HttpResponse, name: string, previous?: URL): URL {
  const location = response.header("location");
  if (location === undefined && previous !== undefined) return previous;
  const url = location === undefined ? null : URL.parse(location, response.url.href);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new RegistryError("PROTOCOL", `Cannot push to ${name}: the registry does not say where to`, {
      method: "POST",
      url: response.url,
      status: response.status,
    });
  }
  if (response.url.protocol === "https:" && url.protocol === "http:") {
    // Registries behind a TLS proxy that do not know it name themselves as http: the same host means https.
    if (url.hostname === response.url.hostname) {
      url.protocol = "https:";
      url.port = response.url.port;
    } else {
      throw new RegistryError(
        "REFUSED",
        `Cannot push to ${name}: the registry wants the bytes sent unencrypted to ${url.host}`,
        {
          url: response.url,
          status: response.status,
        },
      );
    }
  }
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}
