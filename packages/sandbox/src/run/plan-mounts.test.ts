import { describe, expect, it } from "vitest";
import { formatMountTable } from "./mount-table.ts";
import { planMounts, type MountFacts } from "./plan-mounts.ts";
import { fileAt } from "./run-order.fixture.ts";

const asRoot: MountFacts = {
  folder: "7",
  lowers: ["3", "2"],
  machine: { volatile: true, userxattr: false, isRoot: true },
  network: "host",
  files: [fileAt("/etc/resolv.conf"), fileAt("/etc/my hosts")],
  shmBytes: 67108864,
  hasOwnNodes: true,
  sysMounts: ["sys/fs/cgroup"],
  unshare: { source: "/usr/bin/unshare", target: "7/x-unshare", options: ["rw", "nodev", "relatime"] },
};
const asUser: MountFacts = {
  ...asRoot,
  machine: { volatile: false, userxattr: true, isRoot: false },
  hasOwnNodes: false,
};

function lines(entries: ReturnType<typeof planMounts>["first"]): string[] {
  return formatMountTable(entries).trimEnd().split("\n");
}

describe("planMounts", () => {
  it("mounts the layers, /proc, /sys and what /dev will be made of", () => {
    expect(lines(planMounts(asRoot).first)).toEqual([
      "overlay 7/merged overlay nodev,volatile,redirect_dir=off,metacopy=off,index=off,lowerdir=7/stub:l/3:l/2,upperdir=7/upper,workdir=7/work 0 0",
      "proc 7/merged/proc proc nosuid,nodev,noexec 0 0",
      "sysfs 7/merged/sys sysfs ro,nosuid,nodev,noexec 0 0",
      "tmpfs 7/dev tmpfs nosuid,mode=755,size=65536k 0 0",
      "/usr/bin/unshare 7/x-unshare none bind,ro,nodev 0 0",
    ]);
  });

  it("then /dev without device nodes, and single nodes upon it", () => {
    expect(lines(planMounts(asRoot).second)).toEqual([
      "7/dev 7/merged/dev none bind,nosuid,nodev 0 0",
      "7/dev/full 7/merged/dev/full none bind 0 0",
      "7/dev/null 7/merged/dev/null none bind 0 0",
      "7/dev/random 7/merged/dev/random none bind 0 0",
      "7/dev/tty 7/merged/dev/tty none bind 0 0",
      "7/dev/urandom 7/merged/dev/urandom none bind 0 0",
      "7/dev/zero 7/merged/dev/zero none bind 0 0",
      "devpts 7/merged/dev/pts devpts newinstance,ptmxmode=0666,mode=620,gid=5,nosuid,noexec 0 0",
      "tmpfs 7/merged/dev/shm tmpfs nosuid,nodev,noexec,mode=1777,size=67108864 0 0",
      "mqueue 7/merged/dev/mqueue mqueue nosuid,nodev,noexec 0 0",
      "7/files/0 7/merged/etc/resolv.conf none bind 0 0",
      "7/files/1 7/merged/etc/my\\040hosts none bind 0 0",
    ]);
  });

  it("keeps the process's attributes in `user.` for who is not root, and binds what he may not mount", () => {
    const { first, second, masked, nullDevice } = planMounts(asUser);
    expect(lines(first)).toEqual([
      "overlay 7/merged overlay nodev,userxattr,index=off,lowerdir=7/stub:l/3:l/2,upperdir=7/upper,workdir=7/work 0 0",
      "proc 7/merged/proc proc nosuid,nodev,noexec 0 0",
      "/sys 7/merged/sys none rbind,ro,nosuid,nodev,noexec 0 0",
      "tmpfs 7/dev tmpfs nosuid,mode=755,size=65536k 0 0",
      "/usr/bin/unshare 7/x-unshare none bind,ro,nodev 0 0",
    ]);
    expect(lines(second)[2]).toBe("/dev/null 7/merged/dev/null none bind 0 0");
    expect(masked).toContain("7/merged/sys/fs/cgroup");
    expect(nullDevice).toBe("/dev/null");
  });

  it("mounts a new /sys for who has a network of his own", () => {
    const { first, masked } = planMounts({ ...asUser, network: "none" });
    expect(lines(first)[2]).toBe("sysfs 7/merged/sys sysfs ro,nosuid,nodev,noexec 0 0");
    expect(masked).not.toContain("7/merged/sys/fs/cgroup");
  });

  it("gives device nodes to no file system that the process can write to", () => {
    for (const facts of [asRoot, asUser]) {
      const { first, second } = planMounts(facts);
      const writable = [...first, ...second].filter(({ target, type, options }) => {
        return target.includes("/merged") && type !== "none" && type !== "devpts" && !options.includes("ro");
      });
      expect(writable.length).toBeGreaterThan(2);
      expect(writable.filter(({ options }) => !options.includes("nodev"))).toEqual([]);
    }
  });
});
