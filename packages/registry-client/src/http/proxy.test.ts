import { describe, expect, it } from "vitest";
import { findProxy } from "./proxy.ts";

const proxies = { HTTPS_PROXY: "http://proxy:3128", HTTP_PROXY: "http://plain:8080" };

function proxyOf(url: string, env: Record<string, string>): string | undefined {
  return findProxy(new URL(url), env)?.host;
}

describe("findProxy", () => {
  it("chooses by scheme, lower case first", () => {
    expect(proxyOf("https://r.example/", proxies)).toBe("proxy:3128");
    expect(proxyOf("http://r.example/", proxies)).toBe("plain:8080");
    expect(proxyOf("https://r.example/", { ...proxies, https_proxy: "http://lower:1" })).toBe("lower:1");
    expect(proxyOf("https://r.example/", {})).toBeUndefined();
  });

  it("takes a proxy without a scheme", () => {
    expect(proxyOf("https://r.example/", { HTTPS_PROXY: "proxy:3128" })).toBe("proxy:3128");
  });

  it("ignores HTTP_PROXY in CGI (httpoxy)", () => {
    expect(proxyOf("http://r.example/", { ...proxies, REQUEST_METHOD: "GET" })).toBeUndefined();
  });

  it("never sends loopback through a proxy", () => {
    for (const url of ["http://localhost:5000/", "http://127.0.0.1:5000/", "http://[::1]:5000/"]) {
      expect(proxyOf(url, proxies)).toBeUndefined();
    }
  });

  const direct: [string, string][] = [
    ["*", "https://any.example/"],
    ["r.example", "https://r.example/"],
    ["example", "https://r.example/"],
    [".example", "https://r.example/"],
    ["*.example", "https://r.example/"],
    ["a,r.example:443", "https://r.example/"],
    ["a r.example", "https://R.example/"],
    ["10.0.0.0/8", "https://10.1.2.3/"],
    ["fd00::/8", "https://[fd12::1]/"],
    ["10.1.2.3", "https://10.1.2.3:8443/"],
    ["[fd12::1]:8443", "https://[fd12::1]:8443/"],
  ];
  it.each(direct)("NO_PROXY=%s goes directly to %s", (noProxy, url) => {
    expect(proxyOf(url, { ...proxies, NO_PROXY: noProxy })).toBeUndefined();
  });

  const through: [string, string][] = [
    [".r.example", "https://r.example/"],
    ["r.example:8443", "https://r.example/"],
    ["ample", "https://r.example/"],
    ["10.0.0.0/8", "https://11.1.2.3/"],
    ["10.0.0.0/99", "https://10.1.2.3/"],
    ["0.0.0.0/0", "https://r.example/"],
    ["1.2.3.4", "https://1.2.3.40/"],
  ];
  it.each(through)("NO_PROXY=%s does not concern %s", (noProxy, url) => {
    expect(proxyOf(url, { ...proxies, NO_PROXY: noProxy })).toBe("proxy:3128");
  });
});
