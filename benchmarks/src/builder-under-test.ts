// The two builders that are compared: each builds a context and pushes the result, from storage of its own.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { compiledCommand } from "../../test/src/command/run-tsbuild.ts";
import { runWithPeakMemory } from "../../test/src/memory/peak-memory.ts";
import { runProgram } from "../../test/src/machine/run-program.ts";

export interface Run {
  readonly wallMs: number;
  /** Of all its processes that are Node's, together: tsbuild's own. */
  readonly peakBytes: number;
}

interface BuildTarget {
  readonly tag: string;
  readonly dockerfile: string;
}

export interface BuilderUnderTest {
  readonly name: "tsbuild" | "buildah";
  /** Builds and pushes, or throws. */
  build(context: string, target: BuildTarget): Promise<Run>;
  /** Forgets everything: the next build is a cold one. */
  forget(): Promise<void>;
}

export function makeTsbuild(folder: string): BuilderUnderTest {
  const store = join(folder, "tsbuild");
  return {
    name: "tsbuild",
    build: (context, { tag, dockerfile }) =>
      measure(
        [
          ...compiledCommand,
          ...["build", "--progress", "plain", "--store", store, "--push"],
          ...["--file", dockerfile, "--tag", tag, context],
        ],
        folder,
      ),
    forget: async () => rmSync(store, { recursive: true, force: true }),
  };
}

export function makeBuildah(folder: string): BuilderUnderTest {
  const [root, runRoot] = [join(folder, "buildah"), join(folder, "buildah-run")];
  const script = [
    "set -e; context=$1; tag=$2; dockerfile=$3; shift 3",
    'buildah "$@" bud --tls-verify=false --isolation chroot --layers --file "$dockerfile" --tag "$tag" "$context"',
    'buildah "$@" push --tls-verify=false "$tag"',
  ].join("; ");
  const flags = ["--root", root, "--runroot", runRoot, "--storage-driver", "overlay"];
  return {
    name: "buildah",
    build: (context, { tag, dockerfile }) =>
      measure(["sh", "-c", script, "sh", context, tag, dockerfile, ...flags], folder),
    forget: async () => {
      await runProgram("umount", ["--recursive", join(root, "overlay")]);
      rmSync(root, { recursive: true, force: true });
      rmSync(runRoot, { recursive: true, force: true });
    },
  };
}

async function measure(command: readonly [string, ...string[]], folder: string): Promise<Run> {
  await runProgram("sync", []);
  const { status, stderr, wallMs, anonymousPeakBytes } = await runWithPeakMemory(command, {
    env: { ...process.env, TMPDIR: folder },
  });
  if (status !== 0)
    throw new Error(`Cannot measure ${command.join(" ")}: exit status ${status}\n${stderr.slice(-2000)}`);
  return { wallMs, peakBytes: anonymousPeakBytes };
}
