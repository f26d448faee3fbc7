import { describe, expect, it } from "vitest";
import { processOf } from "./run-order.fixture.ts";
import { startCommand } from "./start-command.ts";

const programs = { setpriv: "./1/x-setpriv", env: "/usr/bin/env", unshare: "./1/x-unshare" };
const bounding =
  "--bounding-set=-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap," +
  "+net_bind_service,+sys_chroot,+kill,+audit_write";

describe("startCommand", () => {
  it("takes away capabilities, groups, the environment, the root and the user, in this order", () => {
    const words = startCommand(
      processOf({
        args: ["sh", "-c", "id"],
        env: [
          ["PATH", "/bin"],
          ["-u", "x"],
        ],
        cwd: "/srv",
        user: { uid: 1000, gid: 5, groups: [44, 45] },
      }),
      programs,
    );
    expect(words).toEqual([
      "./1/x-setpriv",
      ...["--inh-caps=-all", "--ambient-caps=-all", bounding, "--regid", "5", "--groups", "44,45", "--"],
      ...["/usr/bin/env", "-i", "--", "PATH=/bin", "-u=x"],
      ...["./1/x-unshare", "--root=/..", "--wd=.", "--setuid", "1000", "--", "sh", "-c", "id"],
    ]);
  });

  it("clears the groups of whoever builds when the process has none", () => {
    const words = startCommand(processOf(), programs);
    expect(words).toContain("--clear-groups");
    expect(words).not.toContain("--groups");
  });

  it("leaves variables that act on loaders to a program inside the root", () => {
    const words = startCommand(
      processOf({
        env: [
          ["LD_PRELOAD", "/evil.so"],
          ["A", "1"],
          ["GLIBC_TUNABLES", "x=y"],
        ],
        envProgram: "/bin/env",
      }),
      programs,
    );
    expect(words.slice(words.indexOf("-i"))).toEqual([
      ...["-i", "--", "A=1", "./1/x-unshare", "--root=/..", "--wd=.", "--setuid", "0", "--"],
      ...["/bin/env", "LD_PRELOAD=/evil.so", "GLIBC_TUNABLES=x=y", "true"],
    ]);
  });
});
