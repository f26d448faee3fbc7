import { describe, expect, it } from "vitest";
import type { MachineFacts } from "./machine-facts.ts";
import { noIsolationError } from "./no-isolation-error.ts";
import type { StartFailure } from "./start-failure.ts";

const machine: MachineFacts = {
  maxUserNamespaces: 96_364,
  unprivilegedClone: true,
  apparmorRestricts: false,
  seccomp: false,
  noNewPrivileges: false,
};

function messageOf(
  failure: Partial<StartFailure>,
  facts: Partial<MachineFacts> = {},
  privilege: StartFailure["privilege"] = "user namespace",
): string {
  const whole: StartFailure = { privilege, step: "namespaces", reason: "unshare: no", ...failure };
  return noIsolationError([whole], { ...machine, ...facts }, "ann").message;
}

describe("the error when nothing can be isolated", () => {
  it("lists all that was tried, why it failed, and what would help", () => {
    const error = noIsolationError(
      [
        {
          privilege: "root",
          step: "namespaces",
          reason: "unshare: unshare failed: Operation not permitted\n",
        },
        { privilege: "user namespace", step: "namespaces", reason: "unshare: No space left on device" },
      ],
      { ...machine, maxUserNamespaces: 0, seccomp: true },
      "root",
    );
    expect(error.code).toBe("NO_ISOLATION");
    expect(error.message).toMatchInlineSnapshot(`
      "Cannot run processes in isolation on this machine: no way that was tried works:
        namespaces as root: unshare: unshare failed: Operation not permitted; in a container, give it CAP_SYS_ADMIN: docker run --privileged, or privileged: true in the pod's securityContext
        namespaces inside a user namespace: unshare: No space left on device; as root: sysctl -w user.max_user_namespaces=65536; a system call filter is on this process, as in containers: --security-opt seccomp=unconfined (Docker), seccompProfile of type Unconfined (Kubernetes)"
    `);
    expect(error.facts.reason).toContain("No space left on device");
  });

  it("names the switch that is set against user namespaces", () => {
    expect(messageOf({}, { unprivilegedClone: false })).toContain("kernel.unprivileged_userns_clone=1");
    expect(messageOf({}, { apparmorRestricts: true })).toContain(
      "kernel.apparmor_restrict_unprivileged_userns=0",
    );
    expect(messageOf({ step: "map" }, { apparmorRestricts: true })).toContain("apparmor");
    expect(messageOf({})).toMatch(
      /: namespaces inside a user namespace: unshare: no; see what limits there are on namespaces/,
    );
  });

  it("says how a user gets a range", () => {
    const message = messageOf({ step: "ids", reason: "/etc/subuid has no range for ann" });
    expect(message).toContain(
      "/etc/subuid has no range for ann; as root: usermod --add-subuids 100000-165535",
    );
    expect(message).toContain("--add-subgids 100000-165535 ann");
  });

  it("says why newuidmap can do nothing", () => {
    expect(messageOf({ step: "map" })).toContain("setuid bit");
    expect(messageOf({ step: "map" }, { noNewPrivileges: true })).toContain("allowPrivilegeEscalation: true");
  });

  it("says that BusyBox's own programs will not do", () => {
    const reason = `unshare: unrecognized option: kill-child=KILL\nBusyBox v1.37.0 multi-call binary.\n${"x".repeat(900)}`;
    const message = messageOf({ reason }, {}, "root");
    expect(message).toMatch(
      /kill-child=KILL BusyBox v1.*…; these are not the programs of util-linux: install/,
    );
    expect(message.length).toBeLessThan(600);
  });

  it("says where the store could be instead, and what of /proc must be seen", () => {
    expect(messageOf({ step: "overlay" }, {}, "root")).toContain("put the store on a file system");
    expect(messageOf({ step: "overlay" })).toContain("Linux 5.11");
    expect(messageOf({ step: "proc" }, {}, "root")).toContain("procMount: Unmasked");
  });

  it("adds nothing to a reason that says what to do", () => {
    expect(messageOf({ step: "tools", reason: "no program newuidmap; install uidmap" })).toMatch(
      /install uidmap$/,
    );
    expect(messageOf({ step: "worker", reason: "more descriptors (ulimit -n)" })).toMatch(/ulimit -n\)$/);
  });

  it("says the same of a process's namespaces as of the worker's", () => {
    const step = "inner namespaces";
    expect(messageOf({ step }, { apparmorRestricts: true })).toContain(
      "apparmor_restrict_unprivileged_userns=0",
    );
    expect(messageOf({ step }, {}, "root")).toContain("give it CAP_SYS_ADMIN");
  });

  it.each([
    ["answer", "it has not answered in 60 s", "build again when"],
    ["worker", "SyntaxError: Unexpected token", "installed as a whole"],
    ["worker", "EACCES: permission denied, mkdir 's'", "write to the store's folder"],
    ["worker", "ENOSPC: no space left on device, mkdir 's'", "make room where the store is"],
    ["worker", "it was killed", "out of memory, give it more"],
  ] as const)("has a remedy at the step %s for %j", (step, reason, remedy) => {
    expect(messageOf({ step, reason })).toContain(`: ${reason}; `);
    expect(messageOf({ step, reason })).toContain(remedy);
  });
});
