import { describe, expect, it } from "vitest";
import { GetfattrParser } from "./attributes-by-getfattr.ts";
import { FoundAttributes } from "./found-attributes.ts";

describe("GetfattrParser", () => {
  it("reads names, binary values and escaped paths", () => {
    const lines = [
      "# file: a",
      "user.note=0x68656c6c6f",
      "user.empty",
      "user.nothing=0x",
      "security.capability=0x0100000200000080",
      "user.odd\\075name\\012=0x31",
      "",
      "# file: odd\\012name\\134\\377",
      "user.x=0x00",
      "",
      "# file: .",
      "user.root=0x01",
      "",
      "# file: ./b/c",
      "user.y=0x02",
      "",
    ];
    const all = new FoundAttributes({ folder: "/f", limitBytes: 1000 });
    const parser = new GetfattrParser(all);
    for (const line of lines) parser.add(line);
    const found = all.byPath;
    expect([...found.keys()]).toEqual(["a", "odd\nname\\\udcff", "", "b/c"]);
    expect(Buffer.from(found.get("a")?.get("user.note") ?? []).toString()).toBe("hello");
    expect(found.get("a")?.get("user.empty")?.length).toBe(0);
    expect(found.get("a")?.get("user.nothing")?.length).toBe(0);
    expect([...(found.get("a")?.get("security.capability") ?? [])]).toEqual([1, 0, 0, 2, 0, 0, 0, 0x80]);
    expect(found.get("a")?.get("user.odd=name\n")?.length).toBe(1);
  });
});
