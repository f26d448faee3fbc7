import { describe, expect, it } from "vitest";
import { formatAge } from "./format-age.ts";
import { formatJsonLines, formatTable, parseListFormat } from "./table.ts";

describe("formatTable", () => {
  it("aligns by display width and lets no control character through", () => {
    expect(
      formatTable(
        ["NAME", "SIZE"],
        [
          ["日本", "1B"],
          ["a\u001b[31mb\nc", "22B"],
        ],
      ),
    ).toBe("NAME   SIZE\n日本   1B\nab c   22B\n");
    expect(formatTable(["A", "B"], [])).toBe("A   B\n");
  });
});

describe("formatJsonLines", () => {
  it("is one object a line, and nothing for none", () => {
    expect(formatJsonLines([{ a: 1 }, { a: 2 }])).toBe('{"a":1}\n{"a":2}\n');
    expect(formatJsonLines([])).toBe("");
  });
});

describe("parseListFormat", () => {
  it("knows table and json, and refuses templates", () => {
    expect(parseListFormat(undefined)).toBe("table");
    expect(parseListFormat("{{json .}}")).toBe("json");
    expect(() => parseListFormat("{{.ID}}")).toThrow("pipe json to jq");
  });
});

describe("formatAge", () => {
  const day = 86_400_000;
  it.each([
    [500, "Less than a second ago"],
    [1000, "1 second ago"],
    [30_000, "30 seconds ago"],
    [60_000, "About a minute ago"],
    [300_000, "5 minutes ago"],
    [3_600_000, "About an hour ago"],
    [day, "24 hours ago"],
    [3 * day, "3 days ago"],
    [21 * day, "3 weeks ago"],
    [100 * day, "3 months ago"],
    [800 * day, "2 years ago"],
    [-5000, "Less than a second ago"],
  ])("after %i ms is %s, as docker says", (ms, text) => {
    const then = Date.parse("2026-01-01T00:00:00Z");
    expect(formatAge("2026-01-01T00:00:00Z", then + ms)).toBe(text);
  });

  it("is N/A without a time", () => {
    expect(formatAge(undefined, 0)).toBe("N/A");
    expect(formatAge("yesterday", 0)).toBe("N/A");
  });
});
