import { describe, expect, it } from "vitest";
import { hostsFile } from "./network-files.ts";
import { processEnvironment } from "./process-environment.ts";

describe("the environment of a RUN", () => {
  it("has HOME and PATH when the stage does not set them", () => {
    expect(processEnvironment({ env: [["A", "1"]], proxies: [], home: "/root" })).toEqual([
      ["A", "1"],
      ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ["HOME", "/root"],
    ]);
  });

  it("keeps what the stage sets, empty values too", () => {
    const env = [["HOME", ""] as const, ["PATH", "/x"] as const];
    expect(processEnvironment({ env, proxies: [], home: "/root" })).toEqual(env);
  });

  it("lets the proxies of this build win", () => {
    const values = processEnvironment({
      env: [["http_proxy", "a"]],
      proxies: [["http_proxy", "b"]],
      home: "/",
    });
    expect(new Map(values).get("http_proxy")).toBe("b");
  });
});

describe("the hosts file of a RUN", () => {
  it("is BuildKit's, with the names that were added", () => {
    expect(Buffer.from(hostsFile("box", [{ name: "db", address: "10.0.0.1" }])).toString()).toBe(
      "127.0.0.1\tlocalhost box\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\tdb\n",
    );
  });
});
