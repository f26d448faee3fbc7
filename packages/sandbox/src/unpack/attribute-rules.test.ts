import { describe, expect, it } from "vitest";
import { attributeFate } from "./attribute-rules.ts";

const asRoot = (name: string) => attributeFate(name, { kind: "file", isRoot: true });
const asUser = (name: string) => attributeFate(name, { kind: "file", isRoot: false });

describe("attributeFate", () => {
  it("sets what belongs to the file", () => {
    for (const name of [
      "security.capability",
      "user.note",
      "system.posix_acl_access",
      "system.posix_acl_default",
    ])
      expect([asRoot(name), asUser(name)]).toEqual(["set", "set"]);
  });

  it("sets trusted attributes as root alone", () => {
    expect([asRoot("trusted.note"), asUser("trusted.note")]).toEqual(["set", "leave out"]);
  });

  it("leaves out what the kernel takes for no such file, and what belongs to this machine's policy", () => {
    for (const kind of ["symlink", "device", "fifo"] as const)
      expect(attributeFate("user.note", { kind, isRoot: true })).toBe("leave out");
    expect(attributeFate("user.note", { kind: "directory", isRoot: false })).toBe("set");
    for (const name of ["security.selinux", "security.ima", "system.nfs4_acl", "btrfs.compression", "odd"])
      expect(asRoot(name)).toBe("leave out");
  });

  it("refuses the overlay's own, of either flavour", () => {
    for (const name of ["trusted.overlay.opaque", "user.overlay.opaque", "trusted.overlay.overlay.opaque"])
      expect([asRoot(name), asUser(name)]).toEqual(["refuse", "refuse"]);
    expect(asRoot("user.overlayed")).toBe("set");
  });
});
