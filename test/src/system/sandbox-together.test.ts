// All parts of the sandbox at work: a base is unpacked, a process changes files, its changes are packed, and a second process
// runs on top of them, from the folder that the first has left.
import { digestOf } from "@tsbuild/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cannotRun } from "../machine/requirement.ts";
import { openSandboxUser, type SandboxUser, type Who } from "../sandbox/sandbox-user.ts";

interface Packed {
  readonly diffId: string;
  readonly warnings: readonly unknown[];
  readonly descriptor: { readonly mediaType: string };
}

interface Together {
  readonly description: string;
  readonly isReady: boolean;
  readonly first: { readonly exit: unknown; readonly output: string; readonly packed: Packed };
  readonly second: { readonly exit: unknown; readonly output: string; readonly packed: Packed };
  readonly passwd: string;
  readonly startMs: number;
  readonly emptyRunMs: number;
}

describe.each<{ who: Who; description: string }>([
  { who: "root", description: "namespaces (root, overlayfs)" },
  { who: "an ordinary user", description: "namespaces (user namespace, 65536 ids, overlayfs)" },
])("the sandbox of $who", ({ who, description }) => {
  describe.skipIf(cannotRun(`a sandbox of ${who}`))("does a build's work", () => {
    let user: SandboxUser;
    let found: Together & { readonly left: readonly string[]; readonly children: readonly number[] };

    beforeAll(async () => {
      user = await openSandboxUser(who, { compiled: true, storeName: `a store, "odd": \\'named'` });

      await user.scenario("open"); // fills the compile cache
      found = await user.scenario<Together>("together");
    });
    afterAll(async () => user?.[Symbol.asyncDispose]());

    it("in the way that it says", () => {
      expect(found.description).toBe(description);
    });

    it("runs on the unpacked base, with files of the caller", () => {
      expect(found.first.exit).toEqual({ status: 0, outOfMemory: false });
      expect(found.first.output).toBe("nameserver 192.0.2.1\n");
      expect(found.passwd).toMatch(/^root:x:0:0:/);
    });

    it("packs the changes, which are unpacked already", () => {
      expect(found.first.packed).toMatchObject({ warnings: [] });
      expect(found.first.packed.descriptor.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
      expect(found.isReady).toBe(true);
    });

    it("shows them to the next process, and nothing else", () => {
      expect(found.second.exit).toEqual({ status: 0, outOfMemory: false });
      expect(found.second.output.split("\n")).toEqual([
        ...["made", "again", "/opt/again"],
        ...["group", "hosts", "made", "passwd", "resolv.conf", "second"],
        ...["5:6 755 directory 3", "0:0 644 fifo 1", "0:0 644 regular file 2", "0:0 600 regular file 1", ""],
      ]);
    });

    it("knows when nothing has changed", () => {
      expect(found.second.packed.diffId).toBe(digestOf(Buffer.alloc(1024))); // the end of a tar
    });

    it("leaves nothing behind", () => {
      expect(found.left).toEqual([]);
      expect(found.children).toEqual([]);
    });

    it("is quick to start, and takes little for a process that does nothing", () => {
      console.log(
        `${who}: start ${Math.round(found.startMs)} ms, empty run and pack ${Math.round(found.emptyRunMs)} ms`,
      );
      // Bounds for a machine that does other things too; what it takes alone is in the package's README.
      expect(found.startMs).toBeLessThan(2000);
      expect(found.emptyRunMs).toBeLessThan(400);
    });
  });
});
