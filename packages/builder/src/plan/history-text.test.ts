import { describe, expect, it } from "vitest";
import { goDuration, healthcheckText, historyEntry, plainList, quotedList } from "./history-text.ts";

describe("history texts", () => {
  it("quotes lists as Go's %q does", () => {
    expect(quotedList(["/bin/sh", "-c", 'echo "hi"\t$X'])).toBe('["/bin/sh" "-c" "echo \\"hi\\"\\t$X"]');
    expect(quotedList([])).toBe("[]");
    expect(quotedList(["é", "\u0001", "\u200b"])).toBe('["é" "\\x01" "\\u200b"]');
  });

  it("prints plain lists as Go's %v does", () => {
    expect(plainList(["80/tcp", "443/tcp"])).toBe("[80/tcp 443/tcp]");
  });

  it.each([
    [0, "0s"],
    [1, "1ns"],
    [1_500, "1.5µs"],
    [2_000_000, "2ms"],
    [30e9, "30s"],
    [90e9, "1m30s"],
    [3_600e9, "1h0m0s"],
    [1_500_000_000, "1.5s"],
  ])("prints a duration of %d ns as %s", (ns, text) => {
    expect(goDuration(ns)).toBe(text);
  });

  it("prints a health check as Go prints the struct", () => {
    expect(healthcheckText({ Test: ["CMD", "true"], Interval: 30e9, Retries: 3 })).toBe(
      "{Test:[CMD true] Interval:30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:3}",
    );
  });

  it("marks entries without a layer as empty and layers of files as BuildKit's", () => {
    expect(historyEntry("COPY a b", "files")).toEqual({
      created_by: "COPY a b # buildkit",
      comment: "buildkit.dockerfile.v0",
    });
    expect(historyEntry("WORKDIR /a", "workdir")).toEqual({
      created_by: "WORKDIR /a",
      comment: "buildkit.dockerfile.v0",
    });
    expect(historyEntry("ENV a=b", "config")).toEqual({
      created_by: "ENV a=b",
      comment: "buildkit.dockerfile.v0",
      empty_layer: true,
    });
  });
});
