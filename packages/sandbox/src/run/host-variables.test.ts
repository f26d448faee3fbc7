import { describe, expect, it } from "vitest";
import { actsOnThisMachine, splitVariables } from "./host-variables.ts";

describe("actsOnThisMachine", () => {
  it.each(["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "MALLOC_TRACE", "GLIBC_TUNABLES", "GCONV_PATH"])(
    "is so for %s, which a loader or a C library acts on",
    (name) => expect(actsOnThisMachine(name)).toBe(true),
  );

  it.each(["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "NODE_OPTIONS", "LDFLAGS", "ld_preload"])(
    "is not so for %s",
    (name) => expect(actsOnThisMachine(name)).toBe(false),
  );

  it("keeps the order on both sides", () => {
    const env = [
      ["LD_B", "1"],
      ["Z", "2"],
      ["LD_A", "3"],
      ["A", "4"],
    ] as const;
    expect(splitVariables(env)).toEqual({
      outside: [
        ["Z", "2"],
        ["A", "4"],
      ],
      inside: [
        ["LD_B", "1"],
        ["LD_A", "3"],
      ],
    });
  });
});
