// What a process in a sandbox must not reach: each is a way out that somebody has found once.
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { describeDriven } from "../sandbox/describe-driven.ts";
import { openProcessDriver } from "../sandbox/process-driver.ts";

describeDriven("a hostile process", (driver, who) => {
  const perl = (program: string) => driver().run({ process: { args: ["perl", "-e", program] } });

  it("does not climb out by chroot", async () => {
    const { stdout } = await perl(`
      mkdir "/inner"; chroot "/inner" or die $!; chdir ".." for 1..50; chroot "." or die $!;
      opendir(my $root, "/"); print join(" ", sort grep { !/^\\./ } readdir($root)), "\\n"; print -e "/inner" ? "in" : "out"`);
    expect(stdout).toBe("bin dev etc inner lib lib64 proc root srv sys tmp usr\nin");
  });

  it("has no descriptor but the three (CVE-2024-21626)", async () => {
    const { stdout } = await perl(`
      opendir(my $fds, "/proc/self/fd"); print join(" ", sort grep { /\\d/ && $_ != fileno($fds) } readdir($fds))`);
    expect(stdout).toBe("0 1 2");
  });

  it("gets no folder of the machine as its working folder (CVE-2024-21626)", async () => {
    const runs = Array.from({ length: 30 }, (_, fd) => ({
      process: { args: ["ls", "/"], cwd: `/proc/self/fd/${fd}` },
    }));
    const results = await (await driver().start(runs)).results;
    expect(results.map(({ error }) => error?.code)).toEqual(runs.map(() => "PROCESS_NOT_STARTED"));
  });

  it("cannot look at, trace or enter the first process, which has the machine's root", async () => {
    const { stdout, stderr } = await driver().shell(
      "for what in root cwd exe environ fd/0 map_files ns/mnt mem; do cat /proc/1/$what/ /proc/1/$what 2>/dev/null; done;" +
        "ls /proc/1/root/; nsenter -t 1 -m true; tr '\\0' ' ' </proc/1/cmdline",
    );
    expect(stdout).toMatch(/^\S*sh -s $/);
    expect(stderr).toMatch(/Permission denied/);
    const syscallPtrace = process.arch === "arm64" ? 117 : 101;
    expect((await perl(`print syscall(${syscallPtrace}, 16, 1, 0, 0), $!`)).stdout).toMatch(
      /^-1Operation not permitted/,
    );
  });

  it("finds nothing of the builder's environment, arguments or processes", async () => {
    const { stdout } = await driver().run(
      { process: { args: ["sh", "-c", "env; cat /proc/*/environ /proc/*/cmdline; ls -d /proc/[0-9]*"] } },
      { env: { AWS_SECRET_ACCESS_KEY: "canary-5d1c" } },
    );
    expect(stdout).not.toMatch(/canary-5d1c|run-driver/);
    expect(stdout.match(/^\/proc\/\d+$/gm)?.length).toBeLessThan(6);
  });

  it("cannot mount, unmount or remount anything", async () => {
    const { stdout, stderr } = await driver().shell(
      "mount -t tmpfs none /tmp && echo mounted; umount /etc/hosts && echo unmounted; umount /proc/sys && echo unmounted;" +
        "mount -o remount,rw /sys && echo remounted; mount -o remount,bind,dev,rw / && echo remounted",
      { files: { "/etc/hosts": "" } },
    );
    expect(stdout).toBe("");
    expect(stderr).toMatch(/permission denied/i);
  });

  it("cannot write to the kernel's settings, nor see what others see of the machine", async () => {
    const { stdout } = await driver().shell(
      "for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/mm/ksm/run;" +
        "do (echo x > $f) 2>/dev/null && echo wrote $f; done;" +
        "for f in kcore keys timer_list interrupts sched_debug; do [ -s /proc/$f ] && head -c 1 /proc/$f && echo read $f; done;" +
        "ls /sys/firmware /proc/acpi 2>/dev/null; find /sys/fs/cgroup -type f | head -n 3",
    );
    expect(stdout.replaceAll(/^\/\S+:$|^$\n/gm, "").trim()).toBe("");
  });

  it("cannot get at them as root of a user namespace of its own either", async () => {
    const { stdout } = await driver().shell(
      "unshare -U -r -m -p -n -i -f sh -c '" +
        "umount -l /proc/sys && echo unmounted; mount -o remount,rw,bind /proc/sys && echo remounted;" +
        "umount -l / && echo unmounted; ls -d /tmp/..;" +
        "mount -t proc none /tmp; (echo core > /tmp/sys/kernel/core_pattern) && echo wrote core_pattern;" +
        "mount -t sysfs none /tmp; (echo 0 > /tmp/kernel/mm/ksm/run) && echo wrote ksm' 2>/dev/null",
    );
    expect(stdout).toBe("/tmp/..\n");
  });

  it("cannot use device nodes of its own, where it can make them at all", async () => {
    const { stdout } = await driver().shell(
      "for place in / /tmp /dev /dev/shm /etc; do mknod $place/n c 1 5 2>/dev/null && head -c 1 $place/n && echo read $place;" +
        "done",
    );
    expect(stdout).toBe("");
  });

  it("cannot change the machine's own nodes", async () => {
    const looks = () =>
      ["null", "zero", "full", "random", "urandom", "tty"].map((name) => {
        const { mode, uid, gid } = statSync(`/dev/${name}`);
        return [name, mode, uid, gid];
      });
    const before = looks();
    await driver().shell("chmod 0 /dev/* /proc/keys; chown 5:5 /dev/*; chmod 0 /proc/self/fd/0");
    await perl("chmod 0, *STDIN; chown 5, 5, *STDIN");
    expect(looks()).toEqual(before);
  });

  it("gets no mount in a folder of the machine that the image's links name (CVE-2026-41579)", async () => {
    const victim = join(driver().place, "victim");
    const image = join(driver().place, "linked");
    for (const folder of [victim, image]) mkdirSync(folder);
    writeFileSync(join(victim, "canary"), "untouched");
    for (const name of ["hosts", "null", "pts"]) writeFileSync(join(victim, name), "");
    for (const name of ["dev", "proc", "sys", "etc", "run", "tmp"]) symlinkSync(victim, join(image, name));
    const before = readdirSync(victim);
    const { status, stdout } = await driver().run({
      layers: [image, driver().root],
      files: { "/etc/hosts": "127.0.0.1 localhost\n", "/run/secret": "s" },
      process: { args: ["sh", "-c", "cat /etc/hosts; ls /dev | grep -c null"] },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "127.0.0.1 localhost\n1\n" });
    const made = await driver().run({
      layers: [image, driver().root],
      process: { cwd: "/tmp/new", createCwd: true },
    });
    expect(made.error?.message).toMatch(/tmp is a symbolic link/);
    expect(readdirSync(victim)).toEqual(before);
    expect(readFileSync(join(victim, "canary"), "utf8")).toBe("untouched");
  });

  it("cannot change the program that started it, though it may execute that (CVE-2019-5736)", async () => {
    // The first is unshare(1) of this machine, which keeps its file open while it waits for the second.
    const script =
      "e=/proc/$PPID/exe; chmod $(stat -Lc %a $e) $e && echo changed; touch -c $e && echo touched; (: >> $e) && echo opened";
    const { stdout, stderr } = await driver().run({
      process: { args: ["/proc/self/exe", "--fork", "sh", "-c", `readlink /proc/$PPID/exe; ${script}`] },
    });
    expect(stdout).toMatch(/^\S+unshare\n$/);
    expect(stderr).toMatch(
      /^chmod: .*(Read-only|not permitted).*\ntouch: .*\nsh: .*(busy|denied|Read-only).*\n$/,
    );
    const others = "for e in /proc/[0-9]*/exe; do (: >> $e) 2>/dev/null && echo opened $e; done";
    expect((await driver().shell(others)).stdout).toBe("");
  });

  it("shares no memory, semaphores, queues or host name with the machine", async () => {
    const { stdout } = await driver().shell(
      "for ns in ipc uts pid mnt cgroup; do readlink /proc/self/ns/$ns; done",
    );
    const own = ["ipc", "uts", "pid", "mnt", "cgroup"].map((name) => statSync(`/proc/self/ns/${name}`).ino);
    for (const inode of own) expect(stdout).not.toMatch(String(inode));
  });

  it("is gone with the worker when that is killed", async () => {
    const marker = `marker-${process.pid}-${who.length}`;
    const script = `(setsid sh -c 'while :; do sleep 1; done' ${marker} &); echo go; while :; do sleep 1; done`;
    const { child, results } = await driver().start([{ process: { args: ["sh", "-c", script, marker] } }]);
    results.catch(() => undefined); // there is nobody left to tell
    await untilThereAre(marker, (count) => count >= 2);
    child.kill("SIGKILL");
    await once(child, "close");
    await untilThereAre(marker, (count) => count === 0);
    const { stdout } = await driver().shell("echo still works");
    expect(stdout).toBe("still works\n");
  });
});

describe.skipIf(cannotRun("processes in a sandbox"))("the terminal of whoever builds", () => {
  it("is not the process's, which could type into it", async () => {
    const driver = await openProcessDriver("root");
    try {
      const result = join(driver.place, "result");
      const script = `cat /dev/tty </dev/null; echo $? $(ls -l /proc/self/fd/0 | grep -c pts)`;
      const { child, results } = await driver.start([{ process: { args: ["sh", "-c", script] } }], {
        around: [
          "sh",
          "-c",
          `cat > ${result}.in; exec script -qec "$* < ${result}.in > ${result}" /dev/null`,
          "sh",
        ],
      });
      results.catch(() => undefined); // they are in the file
      await once(child, "close");
      const [one] = JSON.parse(readFileSync(result, "utf8")) as { stdout: string; stderr: string }[];
      expect(one?.stdout).toBe("1 0\n");
      expect(one?.stderr).toMatch(/\/dev\/tty.*No such device or address/);
    } finally {
      await driver[Symbol.asyncDispose]();
    }
  });
});

/** Asks how many processes have the word among their arguments, until the answer will do. */
async function untilThereAre(marker: string, willDo: (count: number) => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = (await runOrThrow("sh", ["-c", listScript, "sh", marker])).split("\n").filter(Boolean);
    if (willDo(found.length)) return;
    if (performance.now() > deadline) throw new Error(`There are still ${found.length} of ${marker}`);
  }
}

const listScript =
  'for p in /proc/[0-9]*; do [ "$p" = /proc/$$ ] || grep -sl -- "$1" "$p/cmdline"; done; true';
