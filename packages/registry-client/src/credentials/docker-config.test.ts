import { describe, expect, it } from "vitest";
import { findHelper, findInAuths, parseDockerConfig } from "./docker-config.ts";

const encode = (pair: string): string => Buffer.from(pair).toString("base64");

function userOf(auths: Record<string, unknown>, registry: string, repository = "a/b"): string | undefined {
  const found = findInAuths(
    parseDockerConfig(JSON.stringify({ auths }), "config.json"),
    registry,
    repository,
  );
  return found?.kind === "password" ? found.username : found?.kind;
}

describe("findInAuths", () => {
  it("finds the exact host, port included, and no other", () => {
    const auths = { "r.example:5000": { auth: encode("me:pw") } };
    expect(userOf(auths, "r.example:5000")).toBe("me");
    for (const other of ["r.example", "r.example:5001", "x.r.example:5000", "r.example:50000", "docker.io"]) {
      expect(userOf(auths, other)).toBeUndefined();
    }
  });

  it.each([
    "https://index.docker.io/v1/",
    "docker.io",
    "index.docker.io",
    "https://registry-1.docker.io/v2/",
  ])("takes %s for Docker Hub", (key) => {
    expect(userOf({ [key]: { auth: encode("hub:pw") } }, "docker.io")).toBe("hub");
  });

  it("prefers docker's own key for Docker Hub", () => {
    const auths = {
      "index.docker.io": { auth: encode("alias:pw") },
      "https://index.docker.io/v1/": { auth: encode("own:pw") },
    };
    expect(userOf(auths, "docker.io")).toBe("own");
  });

  it("takes the most specific path", () => {
    const auths = {
      "r.example": { auth: encode("host:pw") },
      "r.example/a": { auth: encode("path:pw") },
      "r.example/a/b/c": { auth: encode("deep:pw") },
    };
    expect(userOf(auths, "r.example", "a/b")).toBe("path");
    expect(userOf(auths, "r.example", "a/b/c")).toBe("deep");
    expect(userOf(auths, "r.example", "ab")).toBe("host");
  });

  it("reads all forms of an entry", () => {
    expect(userOf({ r: { username: "me", password: "pw" } }, "r")).toBe("me");
    expect(userOf({ r: { auth: encode("me:p:w:") } }, "r")).toBe("me");
    expect(userOf({ r: { auth: encode("x:"), identitytoken: "t" } }, "r")).toBe("identity-token");
    expect(userOf({ r: { registrytoken: "t" } }, "r")).toBe("registry-token");
    expect(userOf({ "http://r/v2/": { auth: encode("me:pw") } }, "r")).toBe("me");
    expect(userOf({ r: {} }, "r")).toBeUndefined();
  });

  it("keeps colons in the password", () => {
    const config = parseDockerConfig(JSON.stringify({ auths: { r: { auth: encode("me:p:w") } } }), "x");
    expect(findInAuths(config, "r", "")).toEqual({ kind: "password", username: "me", password: "p:w" });
  });

  it("names the file and never quotes it", () => {
    const secret = "c2VjcmV0";
    for (const text of [
      `{"auths":{"r":{"auth":"${secret}`,
      `{"auths":{"r":{"auth":"${secret}"}}}`,
      `{"auths":["${secret}"]}`,
    ]) {
      const read = (): unknown => findInAuths(parseDockerConfig(text, "/home/me/config.json"), "r", "");
      expect(read).toThrow("/home/me/config.json");
      expect(read).not.toThrow(secret);
    }
  });

  it("is not fooled by __proto__", () => {
    expect(
      userOf(JSON.parse('{"__proto__":{"r":{"auth":"bWU6cHc="}}}') as Record<string, unknown>, "r"),
    ).toBeUndefined();
  });
});

describe("findHelper", () => {
  it("prefers the host's own helper to the store, with the right key", () => {
    const config = parseDockerConfig(
      '{"credsStore":"all","credHelpers":{"r.example":"one","https://index.docker.io/v1/":"hub"}}',
      "x",
    );
    expect(findHelper(config, "r.example")).toEqual({ name: "one", serverUrl: "r.example" });
    expect(findHelper(config, "other.example")).toEqual({ name: "all", serverUrl: "other.example" });
    expect(findHelper(config, "docker.io")).toEqual({
      name: "hub",
      serverUrl: "https://index.docker.io/v1/",
    });
  });
});
