import { describe, expect, it } from "vitest";
import { findMount, parseMountinfo } from "./parse-mountinfo.ts";

describe("parseMountinfo", () => {
  it("reads paths, types and which part is mounted, with and without optional fields", () => {
    const text = [
      "22 27 0:21 / /proc rw,nosuid shared:5 master:1 - proc proc rw",
      "23 27 0:22 /kernel /srv/a\\040b rw - sysfs sysfs rw",
      "",
    ].join("\n");
    expect(parseMountinfo(text)).toEqual([
      { id: "22", parent: "27", path: "/proc", type: "proc", root: "/", options: ["rw", "nosuid"] },
      { id: "23", parent: "27", path: "/srv/a b", type: "sysfs", root: "/kernel", options: ["rw"] },
    ]);
  });

  it("leaves out what it does not understand", () => {
    expect(parseMountinfo("nonsense\n1 2 3\n")).toEqual([]);
  });
});

describe("findMount", () => {
  const mounts = parseMountinfo(
    [
      "1 0 0:1 / / rw - ext4 a rw",
      "2 1 0:2 / /usr ro,nodev - ext4 b rw",
      "3 1 0:3 / /usrx rw - ext4 c rw",
      "4 2 0:4 / /usr nosuid - ext4 d rw",
    ].join("\n"),
  );

  it.each([
    ["/usr/bin/unshare", "4"],
    ["/usr", "4"],
    ["/usrx/a", "3"],
    ["/bin/sh", "1"],
  ])("finds the uppermost mount that %s is in", (path, id) => {
    expect(findMount(mounts, path)?.id).toBe(id);
  });

  it("finds none where there is none", () => {
    expect(findMount([], "/bin/sh")).toBeUndefined();
  });
});
