import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { formatFamiliar, formatReference, parseReference, withDefaultTag } from "./reference.ts";

const digest = digestOf("x");

describe("parseReference", () => {
  it.each([
    ["busybox", "docker.io/library/busybox"],
    ["busybox:1.36", "docker.io/library/busybox:1.36"],
    ["docker.io/busybox", "docker.io/library/busybox"],
    ["index.docker.io/busybox", "docker.io/library/busybox"],
    ["index.docker.io/user/app", "docker.io/user/app"],
    ["user/app", "docker.io/user/app"],
    ["library/busybox", "docker.io/library/busybox"],
    ["a/b/c:v1", "docker.io/a/b/c:v1"],
    ["localhost/app", "localhost/app"],
    ["localhost:5000/app", "localhost:5000/app"],
    ["localhost:5000", "docker.io/library/localhost:5000"],
    ["host:5000/x:tag", "host:5000/x:tag"],
    [`host:5000/x:tag@${digest}`, `host:5000/x:tag@${digest}`],
    [`busybox@${digest}`, `docker.io/library/busybox@${digest}`],
    ["[::1]:5000/app:1", "[::1]:5000/app:1"],
    ["[2001:db8::1]/app", "[2001:db8::1]/app"],
    ["127.0.0.1/app", "127.0.0.1/app"],
    ["UPPER/app", "UPPER/app"],
    ["Ghcr.io/x", "Ghcr.io/x"],
    ["gcr.io/a__b/c-d---e.f", "gcr.io/a__b/c-d---e.f"],
    ["xn--n3h.com/app", "xn--n3h.com/app"],
    ["x:_a.B-9", "docker.io/library/x:_a.B-9"],
    ["0/0", "docker.io/0/0"],
  ])("reads %s as %s", (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
  });

  it("adds no tag by itself", () => {
    expect(parseReference("busybox")).toEqual({ registry: "docker.io", repository: "library/busybox" });
  });

  it.each([
    ["", "empty"],
    ["a".repeat(64), "ID"],
    ["Busybox", "lower case"],
    ["user/App", "lower case"],
    ["docker.io/User/app", "lower case"],
    ["busybox:", "not a tag"],
    ["busybox:-a", "not a tag"],
    [`busybox:${"a".repeat(129)}`, "not a tag"],
    ["busybox:a:b", "not a tag"],
    ["docker.io/busybox:1/2", "not a tag"],
    ["a//b", "repository"],
    ["a/", "repository"],
    ["/a", "repository"],
    ["a___b", "repository"],
    ["a..b", "repository"],
    ["-a/b", "repository"],
    ["a b", "repository"],
    ["a/b\n", "repository"],
    ["a/../../b", "repository"],
    ["-host.com/a", "host"],
    ["host..com/a", "host"],
    ["host:port/a", "host"],
    ["host:/a", "host"],
    ["[::1/a", "host"],
    ["[fe80::1%eth0]/a", "host"],
    ["https://host.com/a", "host"],
  ])("refuses %j", (text, reason) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(reason) }),
    );
  });

  it.each([
    `busybox@sha256:${"A".repeat(64)}`,
    "busybox@",
    `busybox@md5:${"a".repeat(32)}`,
    `busybox@${digest}@x`,
  ])("refuses the digest in %j", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "DIGEST_INVALID" }));
  });

  it("refuses names that are too long", () => {
    expect(() => parseReference(`${"a/".repeat(127)}a`)).not.toThrow();
    expect(() => parseReference(`${"a/".repeat(127)}ab`)).toThrow(/255/);
    expect(() => parseReference("a".repeat(5000))).toThrow(/4096/);
  });

  it("accepts 64 hexadecimal digits as part of a longer name", () => {
    const hex = "a".repeat(64);
    expect(parseReference(`user/${hex}`).repository).toBe(`user/${hex}`);
    expect(parseReference(`${hex}:1`)).toMatchObject({ repository: `library/${hex}`, tag: "1" });
  });
});

describe("withDefaultTag", () => {
  it("says latest only when neither tag nor digest is said", () => {
    const tagged = (text: string) => formatReference(withDefaultTag(parseReference(text)));
    expect(tagged("a")).toBe("docker.io/library/a:latest");
    expect(tagged("a:1")).toBe("docker.io/library/a:1");
    expect(tagged(`a@${digest}`)).toBe(`docker.io/library/a@${digest}`);
  });
});

describe("formatFamiliar", () => {
  it.each([
    ["docker.io/library/busybox:1", "busybox:1"],
    ["docker.io/user/app", "user/app"],
    ["docker.io/library/a/b", "library/a/b"],
    ["ghcr.io/user/app:1", "ghcr.io/user/app:1"],
    ["localhost/app", "localhost/app"],
  ])("writes %s as %s", (full, short) => {
    expect(formatFamiliar(parseReference(full))).toBe(short);
  });

  it("keeps the full name where the short one would mean something else", () => {
    const repository = "localhost/app";
    expect(formatFamiliar({ registry: "docker.io", repository })).toBe("docker.io/localhost/app");
    const id = { registry: "docker.io", repository: `library/${"a".repeat(64)}` };
    expect(parseReference(formatFamiliar(id))).toEqual(id);
  });

  it("parses back to the same reference", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4})?$/);
    const registry = fc.constantFrom("docker.io", "localhost", "ghcr.io", "[::1]:5000", "h:1");
    const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,9}$/), { nil: undefined });
    fc.assert(
      fc.property(
        registry,
        fc.array(part, { minLength: 1, maxLength: 3 }),
        tag,
        fc.boolean(),
        (r, parts, t, d) => {
          const path = parts.join("/");
          const repository = r === "docker.io" && parts.length === 1 ? `library/${path}` : path;
          const reference = {
            registry: r,
            repository,
            ...(t === undefined ? {} : { tag: t }),
            ...(d ? { digest } : {}),
          };
          expect(parseReference(formatReference(reference))).toEqual(reference);
          expect(parseReference(formatFamiliar(reference))).toEqual(reference);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});
