// A RUN that is not in the cache: the image below it as folders on disk, one process in it, and what it changed as a layer.
import type { Platform } from "@tsbuild/oci";
import { findUser, RootFsError, type ProcessUser, type RootFs } from "@tsbuild/rootfs";
import type { Sandbox, SandboxProcess, Workspace } from "@tsbuild/sandbox";
import { BuildError } from "../build-error.ts";
import type { BuildOptions } from "../build-options.ts";
import type { RunEffect, Variable } from "../plan/plan.ts";
import type { StepProgress } from "../progress.ts";
import type { LayerLibrary } from "../solve/layer-library.ts";
import type { Layer } from "../solve/layer.ts";
import type { StageState } from "../solve/stage-state.ts";
import { requireEmulation } from "./emulation.ts";
import { findProgramInImage } from "./program-in-image.ts";
import { unpackStack, type LowerStack } from "./lower-layers.ts";
import { mountPoints } from "./mount-points.ts";
import { hostsFile, resolvConf } from "./network-files.ts";
import { OutputTail } from "./output-tail.ts";
import { processEnvironment } from "./process-environment.ts";
import { failureOf, missingProgram } from "./process-failure.ts";
import { readAccountsFrom } from "./read-accounts-from.ts";

export interface RunOptions {
  readonly options: BuildOptions;
  readonly library: LayerLibrary;
  readonly platform: Platform;
  readonly progress: StepProgress;
  readonly signal: AbortSignal;
  sandbox(): Promise<Sandbox>;
  /** What the user should know of the step. */
  warn(code: string, message: string): void;
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

/** The layer of what the process changed. Throws BuildError when it fails, with the end of its output. */
export async function runProcess(effect: RunEffect, state: StageState, o: RunOptions): Promise<Layer> {
  const sandbox = await o.sandbox();
  const rootfs = await state.rootfs();
  await requireEmulation(o.platform, rootfs);
  const env = processEnvironment({ ...effect, home: "" });
  requireProgram(rootfs, effect, env);
  const { library, progress, signal } = o;
  const lowers = await unpackStack(state.layers, rootfs, { sandbox, library, progress, signal });
  const user = await userOf(effect, rootfs, lowers, sandbox, o);
  const files = [
    { path: "etc/resolv.conf", content: await resolvConf() },
    { path: "etc/hosts", content: hostsFile(effect.hostname, effect.extraHosts) },
  ];
  const points = mountPoints(
    rootfs,
    files.map(({ path }) => path),
  );
  const root = rootfs.get("");
  if (root === undefined) throw new TypeError("the root file system has no root");
  const workspace = await sandbox.open({
    lowers: lowers.names,
    stubs: points.stubs,
    phantoms: points.phantoms,
    root,
  });
  try {
    const mounted = files.flatMap(({ path, content }) => {
      const target = points.files.get(path);
      return target === undefined ? [] : [{ target: `/${target}`, content, mode: 0o644 }];
    });
    const tail = new OutputTail();
    const exit = await workspace.run({
      ...processOf(effect, rootfs, processEnvironment({ ...effect, home: user.home })),
      // The group that a process runs with is among its supplementary ones, as in BuildKit (CVE-2022-2990).
      user: { uid: user.uid, gid: user.gid, groups: [...new Set([user.gid, ...user.groups])] },
      files: mounted,
      ...(o.options.shmBytes === undefined ? {} : { shmBytes: o.options.shmBytes }),
      signal,
      onOutput: (stream, bytes) => {
        tail.push(bytes);
        progress.output(stream, bytes);
      },
    });
    if (exit.status !== 0) throw failureOf(effect, exit, tail, o.platform);
    return await o.exclusively(() => pack(workspace, o));
  } finally {
    await workspace[Symbol.asyncDispose]();
  }
}

function processOf(
  effect: RunEffect,
  rootfs: RootFs,
  env: readonly Variable[],
): Omit<SandboxProcess, "user" | "files"> {
  const { path: cwd, missing } = resolveWorkdir(rootfs, effect.workdir);
  const envProgram = ["/usr/bin/env", "/bin/env"].find(
    (path) => findProgramInImage(rootfs, path, { workdir: "/", path: "" }).kind === "found",
  );
  return {
    args: effect.args,
    env,
    cwd: `/${cwd}`,
    // What the image has below a mount is out of sight.
    createCwd: missing.length > 0 || /^(?:dev|proc|sys)\//.test(cwd),
    network: effect.network,
    hostname: effect.hostname,
    devFiles: effect.scripts.map(({ name, content }) => ({
      path: `pipes/${name}`,
      content: Buffer.from(content),
    })),
    ...(envProgram === undefined ? {} : { envProgram }),
  };
}

function resolveWorkdir(rootfs: RootFs, workdir: string): { path: string; missing: readonly string[] } {
  const { path, entry, missing } = rootfs.resolve(workdir);
  if (entry === undefined || entry.kind === "directory") return { path, missing };
  throw new BuildError("STEP_FAILED", `Cannot run in ${workdir}: it is not a folder in the image`);
}

function requireProgram(rootfs: RootFs, effect: RunEffect, env: readonly Variable[]): void {
  const [program] = effect.args;
  if (program === undefined || program === "") {
    throw new BuildError("STEP_FAILED", "Cannot RUN: there is no program to run");
  }
  const path = new Map(env).get("PATH") ?? "";
  const found = findProgramInImage(rootfs, program, { workdir: effect.workdir, path });
  if (found.kind === "missing" || found.kind === "not-executable") throw missingProgram(effect, found, path);
}

async function userOf(
  effect: RunEffect,
  rootfs: RootFs,
  lowers: LowerStack,
  sandbox: Sandbox,
  o: RunOptions,
): Promise<ProcessUser> {
  try {
    const files = await readAccountsFrom(rootfs, lowers, sandbox, o.library);
    return findUser(effect.user, files);
  } catch (error) {
    // Root, and numbers with a group, need no look at the image, whatever its files are.
    if (/^(?:\d+:\d+)?$/.test(effect.user)) return findUser(effect.user, {});
    if (!(error instanceof RootFsError)) throw error;
    throw new BuildError("STEP_FAILED", `Cannot RUN as USER ${effect.user}: ${error.message}`, {
      cause: error,
    });
  }
}

async function pack(workspace: Workspace, o: RunOptions): Promise<Layer> {
  const { compression, rewriteTimestamp, sourceDateEpoch } = o.options;
  const clamp = rewriteTimestamp === true ? sourceDateEpoch : undefined;
  const { descriptor, diffId, warnings } = await workspace.pack({
    signal: o.signal,
    onProgress: (bytes) => o.progress.transfer("packing", bytes, undefined, false),
    ...(compression === undefined ? {} : { compression }),
    ...(clamp === undefined ? {} : { clampMtimeSec: clamp }),
  });
  for (const { code, message } of warnings) o.warn(code, message);
  return { descriptor, diffId };
}
