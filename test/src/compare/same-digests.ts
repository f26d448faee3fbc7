// Builds the comparison's Dockerfiles with RUN as root and as an ordinary user with a range of IDs.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeOrdinaryUser } from "../command/ordinary-user.ts";
import { checkout } from "../command/run-tsbuild.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { openRegistryWithBases } from "../registries/registry-with-bases.ts";
import type { DigestOrder } from "./build-digests.ts";
import { loadCase } from "./comparison-case.ts";
import { prepareContext } from "./prepare-context.ts";

export interface BothDigests {
  readonly asRoot: Readonly<Record<string, string>>;
  readonly asUser: Readonly<Record<string, string>>;
}

const cases = join(checkout, "test/dockerfiles");
const script = join(checkout, "test/src/compare/build-digests.ts");

/** The names of the cases, without those that no ordinary user can run or that tell of themselves who ran them. */
export function runCases(): string[] {
  return readdirSync(cases).filter((name) => name.startsWith("run-") && !(name in notTheSame));
}

const notTheSame: Readonly<Record<string, string>> = {
  "run-pipes-and-devices": "mknod of a device takes the machine's root",
  "run-chown-only": "its owners are above the range of 65536 that an ordinary user has",
  "run-large-owners": "its owners are above the range of 65536 that an ordinary user has",
  "run-user-name": "one of its users is above the range of 65536 that an ordinary user has",
  "run-background-process": "when a process in the background is ended is chance",
};

/** An image's digest, or the error, by the name of the case. */
export async function digestsOfBoth(names: readonly string[]): Promise<BothDigests> {
  const place = await openRegistryWithBases("same-digests", ["busybox", "debian"]);
  try {
    await runOrThrow("chmod", ["755", place.folder]);
    const user = makeOrdinaryUser({ folder: join(place.folder, "user") });
    const orders: DigestOrder[] = [];
    for (const name of names) {
      const one = await loadCase(join(cases, name));
      const context = join(place.folder, "contexts", name);
      mkdirSync(context, { recursive: true });
      await prepareContext(one, context, `${place.registry.address}/base`);
      orders.push({ name, context, target: one.target, buildArgs: one.buildArgs });
    }
    await runOrThrow("chown", ["-R", String(user.uid), join(place.folder, "contexts")]);
    const plan = join(place.folder, "plan.json");
    writeFileSync(plan, JSON.stringify(orders));
    const env = { PATH: process.env["PATH"], HOME: user.home };
    const build = async (store: string, around: (command: string[]) => string[]) => {
      const [program = "", ...args] = around([process.execPath, script, store, plan]);
      return JSON.parse(await runOrThrow(program, args, { env, cwd: user.home })) as Record<string, string>;
    };
    const asRoot = await build(join(place.folder, "store"), (command) => command);
    const asUser = await build(join(user.home, "store"), (command) => user.command(command));
    return { asRoot, asUser };
  } finally {
    await place[Symbol.asyncDispose]();
  }
}
