import { describe, expect, it } from "vitest";
import { workerCommand, workerEnvironment } from "./worker-command.ts";

const tools = { setpriv: "/bin/setpriv", unshare: "/bin/unshare", sh: "/bin/sh" };
const node = { program: "/opt/node bin/node", args: ["--no-warnings", "/x/worker.js"] };

describe("the worker's command line", () => {
  it("as root: namespaces that end with us, and Node in them", () => {
    const { program, args } = workerCommand(tools, "root", node);
    expect([program, ...args]).toEqual([
      ...["/bin/setpriv", "--pdeathsig", "KILL", "--", "/bin/unshare"],
      ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "--"],
      ...["/opt/node bin/node", "--no-warnings", "/x/worker.js"],
    ]);
  });

  it("for others: a user namespace, and a shell that waits for its IDs", () => {
    const { args } = workerCommand(tools, "user namespace", node);
    expect(args.slice(4, 6)).toEqual(["--user", "--mount"]);
    expect(args.slice(12)).toEqual([
      ...["/bin/sh", "-c"],
      'echo ready && read -r answer && [ "$answer" = mapped ] && exec "$@" </dev/null >/dev/null',
      ...["sh", "/bin/setpriv", "--pdeathsig", "KILL", "--"],
      ...["/opt/node bin/node", "--no-warnings", "/x/worker.js"],
    ]);
  });

  it("comes with nothing of our environment but the compile cache", () => {
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    expect(workerEnvironment(undefined)).toEqual({ PATH: path });
    expect(workerEnvironment("/cache")).toEqual({ PATH: path, NODE_COMPILE_CACHE: "/cache" });
  });
});
