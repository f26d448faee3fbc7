// Tries once, in namespaces like those of a process to come, what every process needs: an overlay that can delete and
// replace, and a view of its own of the processes. Whatever the kernel, a container or the store's file system have
// against it shows now, not in the middle of a build.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { ProbeStep } from "../channel/message.ts";
import { overlayOptions } from "../run/overlay-options.ts";
import { findTool } from "../tools/find-tool.ts";
import { runTool } from "../tools/run-tool.ts";

export type ProbeResult =
  | { readonly kind: "usable"; readonly volatile: boolean }
  | { readonly kind: "unusable"; readonly step: ProbeStep; readonly reason: string };

const namespaces = ["--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child=KILL"];

/** Statuses of the script. */
const [noOverlay, noChanges, noProc] = [70, 71, 72];

/** Works in the folder `p` of the current folder, which is gone afterwards. */
export async function probe(attributes: "trusted" | "user"): Promise<ProbeResult> {
  for (const folder of ["p", "p/lower", "p/lower/folder", "p/upper", "p/work", "p/merged", "p/proc"])
    mkdirSync(folder);
  writeFileSync("p/lower/file", "");
  const args = [...namespaces, "--propagation", "private", "--", findTool("sh") ?? "sh", "-s"];
  const input = Buffer.from(probeScript(attributes));
  const { status, stdout, stderr } = await runTool("unshare", args, { cwd: process.cwd(), input });
  rmSync("p", { recursive: true });
  const reason = stderr.trim().replaceAll(/\s*\n\s*/g, "; ") || `status ${status}`;
  switch (status) {
    case 0:
      return { kind: "usable", volatile: stdout.toString() === "volatile\n" };
    case noOverlay:
      return { kind: "unusable", step: "overlay", reason: `an overlay cannot be mounted: ${reason}` };
    case noChanges:
      return {
        kind: "unusable",
        step: "overlay",
        reason: `nothing can be replaced in an overlay: ${reason}`,
      };
    case noProc:
      return { kind: "unusable", step: "proc", reason: `/proc cannot be mounted: ${reason}` };
    default:
      // No shell was there to say how far it came.
      return { kind: "unusable", step: "inner namespaces", reason };
  }
}

function probeScript(attributes: "trusted" | "user"): string {
  const folders = "lowerdir=p/lower,upperdir=p/upper,workdir=p/work";
  const mount = (volatile: boolean) => {
    const options = overlayOptions({ volatile, userxattr: attributes === "user" });
    return `mount -n -t overlay -o ${options.join(",")},${folders} overlay p/merged`;
  };
  return `
if ${mount(true)} 2>/dev/null; then echo volatile; else ${mount(false)} || exit ${noOverlay}; fi
{ rm p/merged/file && rmdir p/merged/folder && mkdir p/merged/folder; } || exit ${noChanges}
mount -n -t proc -o nosuid,nodev,noexec proc p/proc || exit ${noProc}
`;
}
