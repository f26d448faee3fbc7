// All tags of a repository, page by page.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
import { readBody, type HttpResponse } from "../http/message.ts";
import { RegistryError } from "../registry-error.ts";
import type { RepositoryContext } from "../repository-context.ts";

const pageSize = 1000;
const pageLimit = 8 * 1024 * 1024;
const maxPages = 10_000;

/** In the registry's order, which should be lexical. */
export async function listTags(context: RepositoryContext, signal?: AbortSignal): Promise<string[]> {
  const { host, repository, name } = context;
  const tags: string[] = [];
  const seen = new Set<string>();
  let target: string | URL = `/v2/${repository}/tags/list?n=${pageSize}`;
  for (let page = 0; page < maxPages; page += 1) {
    const response: HttpResponse = await host.ask({
      method: "GET",
      target,
      scopes: [{ repository, access: "pull" }],
      expect: [200],
      action: `list the tags of ${name}`,
      ...(signal === undefined ? {} : { signal }),
    });
    tags.push(...(await readTags(response, name)));
    const next = nextPage(response);
    if (next === undefined) return tags;
    if (next.origin !== response.url.origin || seen.has(next.href))
      throw nonsense(response, name, "its pages do not end");
    seen.add(next.href);
    target = next;
  }
  throw new RegistryError(
    "PROTOCOL",
    `Cannot list the tags of ${name}: there are more than ${maxPages} pages`,
  );
}

async function readTags(response: HttpResponse, name: string): Promise<string[]> {
  const body = await readBody(response, pageLimit);
  if (body === undefined) throw nonsense(response, name, "a page is larger than 8 MiB");
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    throw nonsense(response, name, "the registry does not answer with JSON");
  }
  const tags = typeof parsed === "object" && parsed !== null && "tags" in parsed ? parsed.tags : undefined;
  // An empty repository is `null` in Go.
  if (tags === null) return [];
  if (!Array.isArray(tags))
    throw nonsense(response, name, "the registry does not answer with a list of tags");
  return tags.filter((tag): tag is string => typeof tag === "string" && /^\w[\w.-]{0,127}$/.test(tag));
}

function nextPage(response: HttpResponse): URL | undefined {
  for (const link of (response.header("link") ?? "").split(/,(?=\s*<)/)) {
    const match = /^\s*<([^>]*)>(.*)$/.exec(link);
    if (match?.[1] !== undefined && /;\s*rel="?next"?/i.test(match[2] ?? "")) {
      return URL.parse(match[1], response.url.href) ?? undefined;
    }
  }
  return undefined;
}

function nonsense(response: HttpResponse, name: string, reason: string): RegistryError {
  return new RegistryError("PROTOCOL", `Cannot list the tags of ${name}: ${reason}`, {
    method: "GET",
    url: response.url,
    status: response.status,
  });
}
