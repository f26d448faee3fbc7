// Runs an unpacked image (umoci's bundle) in an OCI runtime, with the cgroup set-ups that stop crun and runc taken
// out of their way: in a mount namespace of our own, so that the machine does not change.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../machine/find-program.ts";
import { describeFailure, runProgram } from "../machine/run-program.ts";

interface RuntimeSpec {
  process: { terminal?: boolean };
  mounts?: { destination: string }[];
  linux?: { resources?: object; cgroupsPath?: string; namespaces?: { type: string }[] };
}

/** What the container printed. Tries crun and runc in turn; throws what each of them said when none could. */
export async function runBundle(bundle: string, id: string): Promise<string> {
  await relaxSpec(join(bundle, "config.json"));
  const state = join(bundle, "state");
  const attempts = [
    ["crun", ["--root", state, "--cgroup-manager=disabled", "run", "--bundle", bundle, id]],
    ["runc", ["--root", state, "run", "--bundle", bundle, id]],
  ] as const;
  const failures: string[] = [];
  for (const [name, args] of attempts) {
    const runtime = findProgram(name);
    if (runtime === undefined) continue;
    const script = 'umount /sys/fs/cgroup/unified 2>/dev/null || true; exec "$@"';
    const finished = await runProgram("unshare", ["--mount", "sh", "-c", script, "sh", runtime, ...args]);
    if (finished.status === 0) return finished.stdout;
    failures.push(describeFailure(finished));
  }
  throw new Error(failures.join("\n"));
}

/** No terminal, the host's network, and no cgroup: what a test needs of a container is its root filesystem. */
async function relaxSpec(path: string): Promise<void> {
  const spec: RuntimeSpec = JSON.parse(await readFile(path, "utf8"));
  spec.process.terminal = false;
  spec.mounts = (spec.mounts ?? []).filter(({ destination }) => destination !== "/sys/fs/cgroup");
  if (spec.linux) {
    delete spec.linux.resources;
    delete spec.linux.cgroupsPath;
    spec.linux.namespaces = (spec.linux.namespaces ?? []).filter(
      ({ type }) => type !== "network" && type !== "cgroup",
    );
  }
  await writeFile(path, JSON.stringify(spec));
}
