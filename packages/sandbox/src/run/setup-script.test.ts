import { describe, expect, it } from "vitest";
import { planMounts } from "./plan-mounts.ts";
import { setupScript, type SetupFacts } from "./setup-script.ts";

const plan = planMounts({
  folder: "7",
  lowers: ["3"],
  machine: { volatile: true, userxattr: false, isRoot: true },
  network: "host",
  files: [],
  shmBytes: 1024,
  hasOwnNodes: true,
  sysMounts: [],
  unshare: { source: "/usr/bin/unshare", target: "7/x", options: [] },
});

const facts: SetupFacts = {
  folder: "7",
  plan: { ...plan, readOnly: ["7/merged/proc/bus"], masked: ["7/merged/proc/keys"] },
  tools: {
    mount: "/usr/bin/mount",
    cp: "/usr/bin/cp",
    mkdir: "/usr/bin/mkdir",
    hostname: "/usr/bin/hostname",
    ip: undefined,
  },
  deviceFolders: ["dev"],
  hostname: "box",
  cwd: "/",
  createCwd: false,
  programsAt: undefined,
  start: ["./7/x", "it's", "$HOME"],
};

const lines = (parts: Partial<SetupFacts> = {}): string[] => setupScript({ ...facts, ...parts }).split("\n");

describe("setupScript", () => {
  it("says each step, mounts, and ends with the process and its status", () => {
    expect(lines()).toEqual([
      "echo namespaces >&3",
      "set -e",
      "umask 022",
      "ulimit -c 0",
      "ulimit -Sn 1048576 2>/dev/null || :",
      "echo layers >&3",
      "'/usr/bin/mount' -n -a -T 7/first",
      "echo devices >&3",
      "'/usr/bin/cp' -dpR dev/. 7/dev/",
      "echo mounts >&3",
      "{",
      "if [ -e '7/merged/proc/bus' ]; then printf '%s\\n' '7/merged/proc/bus 7/merged/proc/bus none bind,ro,nosuid,nodev,noexec 0 0'; fi",
      "if [ -d '7/merged/proc/keys' ]; then printf '%s\\n' 'masked 7/merged/proc/keys tmpfs ro,size=0 0 0'; elif [ -e '7/merged/proc/keys' ]; then printf '%s\\n' '7/dev/null 7/merged/proc/keys none bind 0 0'; fi",
      "} >>7/second",
      "'/usr/bin/mount' -n -a -T 7/second",
      "echo hostname >&3",
      "{ printf %s 'box' >/proc/sys/kernel/hostname; } 2>/dev/null || '/usr/bin/hostname' -- 'box'",
      "echo root >&3",
      "'/usr/bin/mount' -n --move 7/merged /",
      "echo folder >&3",
      "enter() {",
      `  if [ -L "./$1" ]; then echo "$1 is a symbolic link" >&2; exit 1; fi`,
      `  if [ ! -d "./$1" ]; then { echo "there is no folder $1" >&2; exit 1; }; fi`,
      '  cd -P "./$1"',
      "}",
      "cd -P /..",
      "set +e",
      "echo start >&3",
      `( exec './7/x' 'it'\\''s' '$HOME' </../dev/null >&4 2>&5 3>&- 4>&- 5>&- )`,
      'echo "exit $?" >&3',
      "",
    ]);
  });

  it("copies the process's own files into /dev", () => {
    expect(lines({ deviceFolders: ["dev", "7/devices"] })).toContain(
      "'/usr/bin/cp' -dpR dev/. 7/devices/. 7/dev/",
    );
  });

  it("brings up the loopback interface of a network of its own", () => {
    const script = lines({ tools: { ...facts.tools, ip: "/sbin/ip" } });
    expect(script.slice(script.indexOf("echo network >&3")).slice(0, 2)).toEqual([
      "echo network >&3",
      "'/sbin/ip' link set lo up",
    ]);
  });

  it("says so when the host name has to stay", () => {
    expect(lines({ tools: { ...facts.tools, hostname: undefined } })).toContain(
      "{ printf %s 'box' >/proc/sys/kernel/hostname; } 2>/dev/null || echo hostname-kept >&3",
    );
  });

  it("mounts its folder where names are plain, if it is told to", () => {
    const script = lines({ programsAt: "/dev" });
    expect(script[script.indexOf("echo root >&3") + 1]).toBe("'/usr/bin/mount' -n --rbind 7 /dev");
  });

  it("enters the working folder one component after another, following no link", () => {
    const script = lines({ cwd: "/srv/it's", createCwd: true });
    const start = script.indexOf("echo folder >&3");
    expect(script.slice(start, script.indexOf("set +e"))).toEqual([
      "echo folder >&3",
      "enter() {",
      `  if [ -L "./$1" ]; then echo "$1 is a symbolic link" >&2; exit 1; fi`,
      `  if [ ! -d "./$1" ]; then '/usr/bin/mkdir' -m 755 -- "./$1"; fi`,
      '  cd -P "./$1"',
      "}",
      "cd -P /..",
      "enter 'srv'",
      `enter 'it'\\''s'`,
    ]);
  });
});
