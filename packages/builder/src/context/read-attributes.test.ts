import { describe, expect, it } from "vitest";
import { parseAttributes } from "./read-attributes.ts";

describe("parseAttributes", () => {
  it("reads names, binary values and escaped paths", () => {
    const output = [
      "# file: ctx/a",
      "user.note=0x68656c6c6f",
      "user.empty",
      "security.capability=0x0100000200000080",
      "",
      "# file: ctx/odd\\012name\\134\\377",
      "user.x=0x00",
      "",
      "# file: ctx",
      "user.root=0x01",
      "",
    ].join("\n");
    const found = parseAttributes(Buffer.from(output, "latin1"), "ctx");
    expect([...found.keys()]).toEqual(["a", "odd\nname\\\udcff", ""]);
    expect(Buffer.from(found.get("a")?.get("user.note") ?? []).toString()).toBe("hello");
    expect(found.get("a")?.get("user.empty")?.length).toBe(0);
    expect([...(found.get("a")?.get("security.capability") ?? [])]).toEqual([1, 0, 0, 2, 0, 0, 0, 0x80]);
  });
});
