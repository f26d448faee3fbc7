import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenge.ts";

function parsed(header: string): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe("parseChallenges", () => {
  it("keeps commas inside quotes", () => {
    expect(parsed('Bearer realm="https://a/token",service="s",scope="repository:x:pull,push"')).toEqual([
      ["bearer", { realm: "https://a/token", service: "s", scope: "repository:x:pull,push" }],
    ]);
  });

  it("tells several challenges apart", () => {
    expect(parsed('Basic realm="x, y", Bearer realm="https://a", scope=b , Negotiate')).toEqual([
      ["basic", { realm: "x, y" }],
      ["bearer", { realm: "https://a", scope: "b" }],
      ["negotiate", {}],
    ]);
  });

  it("reads token68 blobs, escapes, odd case and spaces around =", () => {
    expect(parsed('Negotiate YII==, BEARER Realm = "a\\"b"')).toEqual([
      ["negotiate", {}],
      ["bearer", { realm: 'a"b' }],
    ]);
  });

  it("lets the first of two equal parameters count", () => {
    expect(parsed('Bearer realm="https://good",realm="https://evil"')).toEqual([
      ["bearer", { realm: "https://good" }],
    ]);
  });

  it("survives whatever a server sends", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        for (const { scheme } of parseChallenges(text)) expect(scheme).toMatch(/^\S+$/);
      }),
      { seed: 7, numRuns: 500 },
    );
    expect(parseChallenges(`Bearer realm="${"x".repeat(1e6)}`)).toHaveLength(1);
  });
});
