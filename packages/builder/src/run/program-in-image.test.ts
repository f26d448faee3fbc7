import { layerOf, RootFs } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { findProgramInImage } from "./program-in-image.ts";

const rootfs = RootFs.empty.withLayer(
  layerOf({
    bin: "-> usr/bin",
    "usr/": {},
    "usr/bin/": {},
    "usr/bin/busybox": { mode: 0o755 },
    "usr/bin/sh": "-> busybox",
    "usr/bin/data": { mode: 0o644 },
    "usr/local/": {},
    "usr/local/sh/": {},
    "srv/": {},
    "srv/run": { mode: 0o700 },
    self: "-> /proc/self/exe",
    loop: "-> loop",
  }),
);

function find(name: string, path = "/usr/local:/bin", workdir = "/srv") {
  return findProgramInImage(rootfs, name, { workdir, path });
}

describe("a program of a RUN", () => {
  it.each([
    ["sh", { kind: "found", path: "/usr/bin/busybox" }],
    ["/bin/sh", { kind: "found", path: "/usr/bin/busybox" }],
    ["./run", { kind: "found", path: "/srv/run" }],
    ["../srv/run", { kind: "found", path: "/srv/run" }],
    ["run", { kind: "missing" }],
    ["data", { kind: "not-executable", path: "/usr/bin/data" }],
    ["/usr/local/sh", { kind: "not-executable", path: "/usr/local/sh" }],
    ["/self", { kind: "unknown" }],
    ["/dev/pipes/EOF", { kind: "unknown" }],
    ["/loop", { kind: "missing" }],
    ["/usr/bin/busybox/x", { kind: "missing" }],
  ])("is looked up in the image: %s", (name, found) => {
    expect(find(name)).toEqual(found);
  });

  it("is looked for in the working directory where PATH says so", () => {
    expect(find("run", ":/bin")).toEqual({ kind: "found", path: "/srv/run" });
    expect(find("run", ".:/bin")).toEqual({ kind: "found", path: "/srv/run" });
  });

  it("passes over a folder of that name earlier in PATH", () => {
    expect(find("sh").kind).toBe("found");
  });
});
