// The sandbox's worker process: how it starts, what it says where it cannot, and that nothing of it is left however it ends.
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "@tsbuild/oci";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { seededNumbers } from "../faults/kill-at.ts";
import { processesThatStay } from "../faults/surroundings.ts";
import { cannotRun } from "../machine/requirement.ts";
import {
  openSandboxUser,
  type SandboxUser,
  type SandboxUserOptions,
  type Who,
} from "../sandbox/sandbox-user.ts";

/** Of a tar that only ends. */
const emptyDiffId = digestOf(Buffer.alloc(1024));

interface Failure {
  readonly code: string;
  readonly message: string;
}

describe.each<Who>(["root", "an ordinary user"])("a sandbox of %s", (who) => {
  describe.skipIf(cannotRun(`a sandbox of ${who}`))("ends", () => {
    let user: SandboxUser;
    beforeAll(async () => {
      user = await openSandboxUser(who);
    });
    afterAll(async () => user?.[Symbol.asyncDispose]());

    it("without a trace when it is closed", async () => {
      const { left, children } = await user.scenario("open");
      expect({ left, children }).toEqual({ left: [], children: [] });
      expect(await processesThatStay(user.store)).toEqual([]);
    });

    it("with a process that is cancelled, and keeps what others wait for", async () => {
      const found = await user.scenario<Record<string, unknown>>("cancel");
      expect(found).toMatchObject({
        given: { message: "enough" },
        ran: { message: "enough" },
        isUnpacked: true,
        processes: 0,
        left: [],
      });
    });

    it("while it starts, when it is not wanted any more", async () => {
      expect(await user.scenario("abort")).toMatchObject({
        failures: ["enough", "enough", "enough"],
        left: [],
        children: [],
      });
      expect(await processesThatStay(user.store)).toEqual([]);
    });

    it("with the process that has opened it, also when that says nothing", async () => {
      const child = user.start("leave");
      const [status] = (await once(child, "close")) as [number];
      expect(status).toBe(3);
      expect(await processesThatStay(user.store)).toEqual([]);
      expect(await user.scenario("open")).toMatchObject({ left: [] });
    });

    it("when its worker is killed, and says so to all who wait", async () => {
      const { errors } = await user.scenario<{ errors: Failure[] }>("lose worker");
      expect(errors.map(({ code }) => code)).toEqual(["WORKER_DIED", "WORKER_DIED"]);
      expect(errors[0]?.message).toMatch(/^Cannot go on with the sandbox: its worker process has ended: /);
      expect(await processesThatStay(user.store)).toEqual([]);
      expect(await user.scenario("sweep")).toMatchObject({ left: [] });
    });

    // Small pieces that are kept would not show here: see pass-on.test.ts in the package.
    it("takes no memory for output that nobody takes", async () => {
      const found = await user.scenario<{ got: number; expected: number; workerPeakMiB: number }>("flood");
      expect(found).toMatchObject({ exit: { status: 0 }, got: found.expected });
      expect(found.workerPeakMiB).toBeLessThan(160);
    });

    it("whenever it is killed, with no process, and no folder after the next", async () => {
      const numbers = seededNumbers(20);
      const killOne = async (isWorking: boolean) => {
        const child = user.start("forever");
        if (isWorking) await once(child.stdout ?? child, "data");
        await sleep(numbers.next().value * 400);
        child.kill("SIGKILL");
        await once(child, "close");
        expect(await processesThatStay(user.store)).toEqual([]);
      };
      for (let n = 0; n < 4; n++) {
        await killOne(n > 0); // the first while its worker starts
        await killOne(true);
        expect(await user.scenario("sweep")).toMatchObject({ left: [] });
      }
      expect(readdirSync(join(user.store, "unpacked"))).toHaveLength(1);
      expect(await user.scenario("together")).toMatchObject({ second: { exit: { status: 0 } }, left: [] });
    });

    it("after as many layers as the kernel can stack, and not one more", async () => {
      const { seen, error } = await user.scenario<{ seen: string; error: Failure }>("many layers");
      expect(seen).toBe("498\n");
      expect(error).toMatchObject({ code: "TOO_MANY_LAYERS" });
    });

    it("leaving layers of other boots to nobody, and of other kinds to others", async () => {
      const unpacked = join(user.store, "unpacked");
      const [own = ""] = readdirSync(unpacked);
      const [old, other] = [own.replace(/^[0-9a-f]{8}/, "00000000"), "00000000-trusted-12345678"];
      await user.makeFolders(join("unpacked", old), join("unpacked", old, "layer"), join("unpacked", other));
      await user.scenario("together");
      expect(readdirSync(unpacked).sort()).toEqual([other, own].sort());
    });

    it("after several processes at once, each with its own changes", async () => {
      expect(await user.scenario("parallel")).toMatchObject({
        outputs: ["111", "222", "333", "444", "555", "666"],
        statuses: [1, 2, 3, 4, 5, 6],
        layers: 6,
        left: [],
      });
    });

    it("beside another one on the same store", async () => {
      const both = await Promise.all([user.scenario("together"), user.scenario("together")]);
      for (const one of both)
        expect(one).toMatchObject({ second: { exit: { status: 0 }, packed: { diffId: emptyDiffId } } });
      expect(readdirSync(join(user.store, "tmp"))).toEqual([]);
    });
  });
});

describe.skipIf(cannotRun("a sandbox of an ordinary user"))("a sandbox that cannot be opened", () => {
  async function failureOf(
    who: Who,
    options: SandboxUserOptions & { readonly around?: (user: SandboxUser) => readonly string[] } = {},
  ): Promise<string> {
    const user = await openSandboxUser(who, options);
    onTestFinished(() => Promise.resolve(user[Symbol.asyncDispose]()));
    const found = await user.scenario<Failure>("open", options.around?.(user));
    expect(found).toMatchObject({ code: "NO_ISOLATION", left: [], children: [] });
    expect(await processesThatStay(user.store)).toEqual([]);
    return found.message;
  }

  it("says what to install when newuidmap is missing", async () => {
    const message = await failureOf("an ordinary user", { hidden: ["newuidmap"] });
    expect(message).toMatch(/inside a user namespace: .*no program newuidmap; install uidmap/);
  });

  it("says what to install when the programs for namespaces are missing", async () => {
    expect(await failureOf("an ordinary user", { hidden: ["unshare"] })).toMatch(
      /no program unshare; install/,
    );
  });

  it("says how to get a range when /etc/subuid has none", async () => {
    const message = await failureOf("an ordinary user", { hasRange: false });
    expect(message).toMatch(
      /\/etc\/subuid has no range for tsbuild-test; as root: usermod --add-subuids .* tsbuild-test/,
    );
  });

  it("says what the kernel forbids, each way that was tried", async () => {
    const message = await failureOf("root", {
      // Root of a namespace that may make no others.
      around: () => [
        ...["unshare", "--user", "--map-root-user", "sh", "-c"],
        'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"',
        "sh",
      ],
    });
    expect(message).toMatch(/\n {2}namespaces as root: .*not permitted.*CAP_SYS_ADMIN/);
    expect(message).toMatch(
      /\n {2}namespaces inside a user namespace: .*sysctl -w user.max_user_namespaces=/,
    );
  });

  it("says where the store could be instead of on an overlay", async () => {
    const message = await failureOf("root", {
      around: ({ store }) => {
        const script = [
          'mkdir -p "$1" && mount -n -t tmpfs tmpfs "$1" && cd "$1" && mkdir l u w m',
          "mount -n -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m",
          'mount -n --bind m "$1" && shift && exec "$@"',
        ].join(" && ");
        return ["unshare", "--mount", "sh", "-c", script, "sh", store];
      },
    });
    expect(message).toMatch(/as root: an overlay cannot be mounted: .*put the store on a file system/);
  });

  it("is one in a user namespace for root without CAP_SYS_ADMIN, where that is allowed", async () => {
    const user = await openSandboxUser("root");
    onTestFinished(() => Promise.resolve(user[Symbol.asyncDispose]()));
    const found = await user.scenario("together", ["setpriv", "--bounding-set=-sys_admin", "--"]);
    expect(found).toMatchObject({
      description: expect.stringMatching(/^namespaces \(user namespace, \d+ ids, overlayfs\)$/),
      second: { exit: { status: 0 } },
      left: [],
    });
  });
});
