// Who uses a sandbox in a test: root, or an ordinary user with a range of IDs. Each has a folder with a store and a copy of
// the busybox base, and runs scenarios in processes of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBusyboxBase } from "../bases/busybox-base.ts";
import { makeOrdinaryUser, type OrdinaryUserOptions } from "../command/ordinary-user.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { makeTemporaryFolder } from "../machine/temporary-folder.ts";

export type Who = "root" | "an ordinary user";

export interface SandboxUser extends AsyncDisposable {
  readonly store: string;
  /** Makes folders in the store that are the user's. */
  makeFolders(...paths: readonly string[]): Promise<void>;
  /** Runs a scenario to its end, and gives what it has found. */
  scenario<Result>(name: string, around?: readonly string[]): Promise<Result & Leftovers>;
  /** Starts one that will be killed, in a process group of its own. */
  start(name: string): ChildProcess;
}

interface Leftovers {
  /** Names in the store's folder for temporary files. */
  readonly left: readonly string[];
  readonly children: readonly number[];
}

export interface SandboxUserOptions extends Omit<OrdinaryUserOptions, "folder"> {
  /** As users get it: what is measured. */
  readonly compiled?: boolean;
  readonly storeName?: string;
}

const script = fileURLToPath(new URL("scenario.ts", import.meta.url));

export async function openSandboxUser(who: Who, options: SandboxUserOptions = {}): Promise<SandboxUser> {
  const folder = await makeTemporaryFolder("sandbox");
  await runOrThrow("chmod", ["755", folder.path]);
  const layout = join(folder.path, "base");
  cpSync(await findBusyboxBase(), layout, { recursive: true });
  await runOrThrow("chmod", ["-R", "a+rX", layout]);
  const user = who === "root" ? undefined : makeOrdinaryUser({ folder: folder.path, ...options });
  const home = user?.home ?? join(folder.path, "home");
  if (user === undefined) mkdirSync(home);
  const store = join(home, options.storeName ?? "store");
  const command = (name: string, around: readonly string[]): [string, ...string[]] => {
    const conditions = options.compiled === true ? ["--conditions=tsbuild:dist"] : [];
    const whole = [...around, process.execPath, ...conditions, script, name, store, layout];
    if (user !== undefined) return user.command(whole);
    const [program = "", ...args] = whole;
    return [program, ...args];
  };
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    NODE_NO_WARNINGS: "1",
    NODE_COMPILE_CACHE: join(home, "cache"),
  };
  return {
    store,
    makeFolders: async (...paths) => {
      for (const path of paths) mkdirSync(join(store, path), { recursive: true });
      const owner = String(user?.uid ?? 0);
      await runOrThrow("chown", [owner, "--", ...paths.map((path) => join(store, path))]);
    },
    scenario: async <Result>(name: string, around: readonly string[] = []) => {
      const [program, ...args] = command(name, around);
      const said = await runOrThrow(program, args, { cwd: home, env, timeoutMs: 120_000 });
      return JSON.parse(said.trim().split("\n").at(-1) ?? "") as Result & Leftovers;
    },
    start: (name) => {
      const [program, ...args] = command(name, []);
      return spawn(program, args, { cwd: home, env, stdio: ["ignore", "pipe", "inherit"] });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(folder[Symbol.asyncDispose]()),
  };
}
