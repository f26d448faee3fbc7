// One process in a sandbox gets what a RUN gets elsewhere, and its end is told as it was; as root, and as an ordinary user.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { describeDriven } from "../sandbox/describe-driven.ts";

describeDriven("a process", (driver) => {
  it("has its own streams, and its status is told", async () => {
    const { status, stdout, stderr } = await driver().shell("echo out; echo err >&2; cat; exit 7");
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: "out\n", stderr: "err\n" });
  });

  it.each([
    ["SEGV", 139],
    ["KILL", 137],
    ["TERM", 143],
  ])("killed by SIG%s has status %i, and nobody writes into its output", async (signal, status) => {
    const result = await driver().shell(`kill -${signal} $$`);
    expect(result).toMatchObject({ status, stdout: "", stderr: "", outOfMemory: false });
  });

  it("has exactly the variables that it is given, and its PATH is not where we find programs", async () => {
    const env = [
      ["PATH", "/bin"],
      ["it's", 'a "b"\n$HOME'],
      ["-u", "x=y"],
      ["LANG", "de_DE.UTF-8"],
    ];
    const { stdout } = await driver().run(
      { process: { args: ["env", "-0"], env } },
      { env: { CANARY: "of the builder" } },
    );
    expect(stdout).toBe(env.map(([name, value]) => `${name}=${value}\0`).join(""));
  });

  it("has variables that act on loaders without this machine's programs having them", async () => {
    const env = [
      ["LD_PRELOAD", "/evil.so"],
      ["PATH", "/bin"],
    ];
    const process = { args: ["env"], env, envProgram: "/bin/env" };
    const { stdout, stderr } = await driver().run({ process });
    expect(stdout).toBe("PATH=/bin\nLD_PRELOAD=/evil.so\n");
    expect(stderr).toBe("");
  });

  it("has the user and exactly the groups that it is given, and no privilege as anyone but root", async () => {
    const user = { uid: 1000, gid: 1001, groups: [44, 1001] };
    const { stdout } = await driver().shell("grep -E 'Uid|Gid|Groups|Cap' /proc/self/status", {
      process: { user },
    });
    expect(stdout.replaceAll("\t", " ").split("\n")).toEqual([
      "Uid: 1000 1000 1000 1000",
      "Gid: 1001 1001 1001 1001",
      "Groups: 44 1001 ",
      "CapInh: 0000000000000000",
      "CapPrm: 0000000000000000",
      "CapEff: 0000000000000000",
      "CapBnd: 00000000a80425fb",
      "CapAmb: 0000000000000000",
      "",
    ]);
  });

  it("has as root fourteen capabilities, may gain no others, and may use setuid programs", async () => {
    const { stdout } = await driver().run({
      process: { args: ["grep", "-E", "Groups|Cap|NoNew|SigBlk|SigIgn", "/proc/self/status"] },
    });
    expect(stdout.replaceAll("\t", " ").split("\n")).toEqual([
      "Groups:  ",
      "SigBlk: 0000000000000000",
      "SigIgn: 0000000000000000",
      "CapInh: 0000000000000000",
      "CapPrm: 00000000a80425fb",
      "CapEff: 00000000a80425fb",
      "CapBnd: 00000000a80425fb",
      "CapAmb: 0000000000000000",
      "NoNewPrivs: 0",
      "",
    ]);
  });

  it("has umask 022, leaves no core files, and has a host name", async () => {
    const { stdout } = await driver().shell("umask; ulimit -c; ulimit -Hc; hostname", {
      process: { hostname: "box" },
    });
    expect(stdout).toBe("0022\n0\n0\nbox\n");
  });

  it("has a working folder, which is made when that is asked for", async () => {
    expect((await driver().shell("pwd", { process: { cwd: "/srv" } })).stdout).toBe("/srv\n");
    const process = { cwd: "/srv/it's/new", createCwd: true };
    const { stdout, folder } = await driver().shell("pwd; stat -c '%a %u:%g' . ..", { process });
    expect(stdout).toBe("/srv/it's/new\n755 0:0\n755 0:0\n");
    expect(listAll(join(folder, "0/upper"))).toEqual(["srv", "srv/it's", "srv/it's/new"]);
  });

  it("can use the devices, and open its output by name whoever it is", async () => {
    const script =
      "echo gone > /dev/null; head -c 3 /dev/zero | od -An -tx1; head -c 4 /dev/urandom | wc -c;" +
      "echo x > /dev/full; echo to-out > /dev/stdout; echo to-err > /dev/stderr; echo shm > /dev/shm/x; cat /dev/shm/x";
    const process = { user: { uid: 1000, gid: 1000, groups: [] } };
    const { stdout, stderr } = await driver().shell(script, { process });
    expect(stdout).toBe(" 00 00 00\n4\nto-out\nshm\n");
    expect(stderr).toBe("sh: write error: No space left on device\nto-err\n");
  });

  it("has the files of this build, may write them, and none of it is kept", async () => {
    const { stdout, folder } = await driver().shell(
      "cat /etc/resolv.conf '/etc/a b'; echo mine >> /etc/resolv.conf; tail -n 1 /etc/resolv.conf; touch /etc/kept",
      { files: { "/etc/resolv.conf": "nameserver 192.0.2.1\n", "/etc/a b": "odd name\n" } },
    );
    expect(stdout).toBe("nameserver 192.0.2.1\nodd name\nmine\n");
    expect(listAll(join(folder, "0/upper"))).toEqual(["etc", "etc/kept"]);
  });

  it("can execute the files that are given below /dev", async () => {
    const { stdout } = await driver().run({
      process: { args: ["/dev/pipes/EOF"] },
      devFiles: { "pipes/EOF": "#!/bin/sh\nstat -c '%a %u:%g' /dev/pipes /dev/pipes/EOF\n" },
    });
    expect(stdout).toBe("755 0:0\n755 0:0\n");
  });

  it("changes only what is above the layers", async () => {
    const { folder } = await driver().shell("rm /bin/perl; echo x > /root/new; chmod 700 /tmp");
    const upper = join(folder, "0/upper");
    expect(listAll(upper)).toEqual(["bin", "bin/perl", "root", "root/new", "tmp"]);
    expect(lstatSync(join(upper, "bin/perl")).isCharacterDevice()).toBe(true);
    expect(lstatSync(join(driver().root, "bin/perl")).isFile()).toBe(true);
  });

  it("has the machine's network, or none but the loopback interface", async () => {
    const interfaces = "ls /sys/class/net | sort; ping -c 1 127.0.0.1 >/dev/null && echo answers";
    const none = await driver().shell(interfaces, { process: { network: "none" } });
    expect(none.stdout).toBe("lo\nanswers\n");
    const host = await driver().shell("ls /sys/class/net");
    expect(host.stdout.trim().split("\n")).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())));
  });

  it("ends with what it has left behind, which may hold its output", async () => {
    const { status, stdout, milliseconds } = await driver().shell(
      "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' &) ; echo done",
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "done\n" });
    expect(milliseconds).toBeLessThan(10_000);
  });

  it("may leave a thousand orphans, and none becomes a zombie", async () => {
    const orphans = "i=0; while [ $i -lt 1000 ]; do (true &); i=$((i+1)); done";
    // Until the last of them has been waited for.
    const wait =
      "while [ $(ls -d /proc/[0-9]* | wc -l) -gt 5 ]; do :; done; grep -l 'State:.Z' /proc/[0-9]*/status";
    expect(await driver().shell(`${orphans}; ${wait}; echo end`)).toMatchObject({
      status: 0,
      stdout: "end\n",
    });
  });

  it("may kill all that it sees, and the first process sees that through", async () => {
    const { status, stdout } = await driver().shell("kill -9 -1; kill -9 1; kill -INT 1; echo alive; exit 3");
    expect({ status, stdout }).toEqual({ status: 3, stdout: "alive\n" });
  });

  it("may print without end", async () => {
    const { status, bytes } = await driver().shell("head -c 50000000 /dev/zero", { countOnly: true });
    expect({ status, bytes }).toEqual({ status: 0, bytes: 50_000_000 });
  });

  it("is ended at once when it is cancelled", async () => {
    const { error, stdout, milliseconds } = await driver().shell(
      "trap '' TERM INT; echo go; while :; do sleep 1; done",
      { cancelAt: "go" },
    );
    expect({ name: error?.name, stdout }).toEqual({ name: "AbortError", stdout: "go\n" });
    expect(milliseconds).toBeLessThan(10_000);
  });

  it("runs beside others in one worker", async () => {
    const runs = ["a", "b", "c", "d"].map((name) => ({
      process: {
        args: ["sh", "-c", `hostname; echo ${name} > /tmp/mine; sleep 0.1; cat /tmp/mine`],
        hostname: name,
      },
    }));
    const { results } = await driver().start(runs, { atOnce: true });
    expect((await results).map(({ stdout }) => stdout)).toEqual(["a\na\n", "b\nb\n", "c\nc\n", "d\nd\n"]);
  });

  it("runs whatever the path of the store has in it", async () => {
    const name = "a b,c:d\\e=f\ng'h\"i%j#k\t$(l)";
    expect(await driver().run({ process: { args: ["echo", "here"] } }, { name })).toMatchObject({
      stdout: "here\n",
    });
  });

  describe("that cannot be started", () => {
    it.each([
      [
        "there is no such program",
        { args: ["nosuch"] },
        "Cannot start nosuch: No such file or directory; the image",
      ],
      [
        "it is not executable",
        { args: ["/etc/hosts"] },
        "Cannot start /etc/hosts: Permission denied; it must be",
      ],
      ["the folder is missing", { cwd: "/no such" }, "there is no folder no such"],
      ["the folder is a file", { cwd: "/etc/hosts" }, "there is no folder hosts"],
      [
        "an argument is too long",
        { args: ["echo", "x".repeat(200_000)] },
        "Cannot start echo: Argument list too long",
      ],
      ["the host name is too long", { hostname: "h".repeat(65) }, "no host name of more than 64 bytes"],
    ])("is an error when %s, and has no output", async (_why, process, message) => {
      const result = await driver().run({ process, files: { "/etc/hosts": "" } });
      expect(result.error?.code).toBe("PROCESS_NOT_STARTED");
      expect(result.error?.message).toMatch(message);
      expect(result).toMatchObject({ stdout: "", stderr: "" });
    });

    it("is told from one that says the same and fails", async () => {
      const script = "echo 'unshare: failed to execute sh: No such file or directory' >&2; exit 127";
      expect(await driver().shell(script)).toMatchObject({
        status: 127,
        stderr: "unshare: failed to execute sh: No such file or directory\n",
      });
    });

    it("is MOUNT_FAILED with what mount said when a layer is not there", async () => {
      const { error } = await driver().run({ layers: [join(driver().place, "nowhere")] });
      expect(error?.code).toBe("MOUNT_FAILED");
      expect(error?.message).toMatch(/^Cannot mount the layers .*special device overlay does not exist.*;/);
    });
  });
});

function listAll(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}
