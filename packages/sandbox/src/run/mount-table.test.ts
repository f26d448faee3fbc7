import { describe, expect, it } from "vitest";
import { formatMountTable } from "./mount-table.ts";

describe("formatMountTable", () => {
  it("has a line for each mount", () => {
    const table = formatMountTable([
      { source: "proc", target: "1/merged/proc", type: "proc", options: ["nosuid", "nodev"] },
      { source: "a", target: "b", type: "none", options: ["bind"] },
    ]);
    expect(table).toBe("proc 1/merged/proc proc nosuid,nodev 0 0\na b none bind 0 0\n");
  });

  it("escapes what would end a field or a line, so that a path is never anything else", () => {
    const target = "1/merged/a b\tc\nd none bind,suid 0 0\\040#,";
    const [line = "", ...rest] = formatMountTable([
      { source: "x", target, type: "none", options: ["bind"] },
    ]).split("\n");
    expect(line).toBe(
      "x 1/merged/a\\040b\\011c\\012d\\040none\\040bind,suid\\0400\\0400\\134040#, none bind 0 0",
    );
    expect(rest).toEqual([""]);
  });
});
