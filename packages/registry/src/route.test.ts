import { describe, expect, it } from "vitest";
import { parseRoute } from "./route.ts";

const digest = `sha256:${"a".repeat(64)}`;
const id = "01234567-89ab-cdef-0123-456789abcdef";

describe("parseRoute", () => {
  it.each([
    ["/v2/", { kind: "version" }],
    [`/v2/a/b/blobs/${digest}`, { kind: "blob", repository: "a/b", digest }],
    [`/v2/a/blobs/${encodeURIComponent(digest)}`, { kind: "blob", repository: "a", digest }],
    ["/v2/a/manifests/v1", { kind: "manifest", repository: "a", reference: "v1" }],
    [`/v2/a/manifests/${digest}`, { kind: "manifest", repository: "a", reference: digest }],
    ["/v2/a/blobs/uploads/", { kind: "uploads", repository: "a" }],
    [`/v2/a/blobs/uploads/${id}`, { kind: "upload", repository: "a", id }],
    ["/v2/a/tags/list", { kind: "tags", repository: "a" }],
    [`/v2/a/referrers/${digest}`, { kind: "referrers", repository: "a", digest }],
    ["/v2/blobs/manifests/tags/list", { kind: "tags", repository: "blobs/manifests" }],
    [
      "/v2/manifests/manifests/manifests",
      { kind: "manifest", repository: "manifests", reference: "manifests" },
    ],
    ["/v2/_catalog", { kind: "catalog" }],
  ])("reads %s", (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each(["/", "/v1/", "/v2/a", "/v2/a/tags/other", "/other/v2/", "/v2//tags"])(
    "knows nothing at %s",
    (path) => {
      expect(parseRoute(path)).toBeUndefined();
    },
  );

  it.each([
    "/v2/A/tags/list",
    "/v2/a..b/tags/list",
    "/v2/_blobs/tags/list",
    "/v2/a/_tags/tags/list",
    "/v2/a//b/tags/list",
    "/v2/%2e%2e/tags/list",
    "/v2/a/blobs/sha256:..%2f..%2fx",
    `/v2/a/blobs/sha256:${"A".repeat(64)}`,
    `/v2/a/blobs/md5:${"a".repeat(32)}`,
    "/v2/a/manifests/..%2fx",
    "/v2/a/manifests/.x",
    "/v2/a/blobs/uploads/..%2f..%2fx",
    `/v2/${"a/".repeat(200)}a/tags/list`,
  ])("refuses %s", (path) => {
    expect(() => parseRoute(path)).toThrow(expect.objectContaining({ name: "ProtocolError" }) as Error);
  });
});
