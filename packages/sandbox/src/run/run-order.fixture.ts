// A process to run, for tests: all that need not be said.
import type { RunnableProcess } from "./run-order.ts";

export function processOf(parts: Partial<RunnableProcess> = {}): RunnableProcess {
  return {
    args: ["true"],
    env: [["PATH", "/bin"]],
    cwd: "/",
    createCwd: false,
    user: { uid: 0, gid: 0, groups: [] },
    network: "host",
    hostname: "buildkitsandbox",
    files: [],
    devFiles: [],
    ...parts,
  };
}

export function fileAt(target: string, text = "", mode = 0o644): RunnableProcess["files"][number] {
  return { target, content: Buffer.from(text), mode };
}
