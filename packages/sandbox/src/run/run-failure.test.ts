import { describe, expect, it } from "vitest";
import { notStarted, setupFailed } from "./run-failure.ts";

describe("setupFailed", () => {
  it("says which step failed, what mount said, and what to do", () => {
    const error = setupFailed(
      ["namespaces", "layers"],
      "mount: 1/merged: bad superblock\n  see dmesg",
      "make",
    );
    expect(error.code).toBe("MOUNT_FAILED");
    expect(error.message).toBe(
      "Cannot mount the layers with /proc and /sys to run make: mount: 1/merged: bad superblock, see dmesg; " +
        "the store must be on a file system that overlayfs takes, and the kernel's log (dmesg) may say more",
    );
  });

  it("is NO_ISOLATION when not even a shell ran", () => {
    const error = setupFailed([], "unshare: unshare failed: Operation not permitted", "make");
    expect(error.code).toBe("NO_ISOLATION");
  });

  it("is NO_SPACE when the disk is full, but not when /dev is", () => {
    const complaint = "cannot create: No space left on device";
    expect(setupFailed(["namespaces", "folder"], complaint, "x").code).toBe("NO_SPACE");
    expect(setupFailed(["namespaces", "devices"], complaint, "x").code).toBe("MOUNT_FAILED");
  });

  it("has a reason even if nothing was said", () => {
    expect(setupFailed(["namespaces", "root"], "", "x").message).toMatch("ended without a word");
  });
});

describe("notStarted", () => {
  const token = "start-00ff";

  it.each([
    [`${token}-unshare: failed to execute x: No such file or directory`, "No such file or directory"],
    [`${token}-unshare: cannot chdir to '/y': Not a directory`, "cannot chdir to '/y': Not a directory"],
    [`/usr/bin/env: './1/${token}-unshare': Argument list too long`, "Argument list too long"],
    [`/bin/sh: 41: exec: ./1/${token}-setpriv: Argument list too long`, "Argument list too long"],
    [`/bin/sh: line 41: /t/${token}-setpriv: Argument list too long\nand more`, "Argument list too long"],
  ])("takes the reason out of %j", (complaint, reason) => {
    const error = notStarted(complaint, { token, status: 1, program: "x" });
    expect(error.code).toBe("PROCESS_NOT_STARTED");
    expect(error.facts).toEqual({ path: "x", reason });
  });

  it("says what the image must have when there is no such program", () => {
    const complaint = `${token}-unshare: failed to execute x: No such file or directory`;
    expect(notStarted(complaint, { token, status: 127, program: "x" }).message).toBe(
      "Cannot start x: No such file or directory; the image must have it where PATH says, and the interpreter or loader " +
        "that it names",
    );
  });
});
