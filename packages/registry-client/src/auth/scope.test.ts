import { describe, expect, it } from "vitest";
import { mergeScopes, scopeKey } from "./scope.ts";

describe("scopes", () => {
  it("have one key whatever their order, and another for another action", () => {
    const a = { repository: "a", access: "pull" } as const;
    const b = { repository: "b", access: "pull,push" } as const;
    expect(scopeKey([a, b])).toBe(scopeKey([b, a]));
    expect(scopeKey([a])).not.toBe(scopeKey([{ ...a, access: "pull,push" }]));
  });

  it("take in what the registry asks for under another name, not what they cover already", () => {
    const ours = [{ repository: "app", access: "pull,push" }] as const;
    expect(mergeScopes(ours, "repository:app:pull")).toEqual(["repository:app:pull,push"]);
    expect(mergeScopes(ours, "repository:mirror/app:pull")).toEqual([
      "repository:app:pull,push",
      "repository:mirror/app:pull",
    ]);
    expect(mergeScopes(ours, undefined)).toEqual(["repository:app:pull,push"]);
    expect(mergeScopes(ours, "a\u0000b")).toEqual(["repository:app:pull,push"]);
  });
});
