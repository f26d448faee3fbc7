import { describe, expect, it } from "vitest";
import { connectionError } from "./passing-failure.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:3128"), { code: "ECONNREFUSED" });
const facts = { method: "GET", url: new URL("https://r.example/v2/") };

describe("connectionError", () => {
  it("says what to look at when nobody listens", () => {
    expect(connectionError(refused, facts)).toMatchObject({
      code: "UNREACHABLE",
      message:
        "Cannot reach https://r.example/: connect ECONNREFUSED 10.0.0.1:3128; check that the registry is running and its port",
    });
  });

  it("names the proxy that was in between, without its password", () => {
    const proxy = new URL("http://user:secret@proxy.example:3128");
    expect(connectionError(refused, facts, proxy)).toMatchObject({
      message:
        "Cannot reach https://r.example/ through the proxy proxy.example:3128: connect ECONNREFUSED 10.0.0.1:3128; check HTTPS_PROXY, or name the registry in NO_PROXY",
    });
  });
});
