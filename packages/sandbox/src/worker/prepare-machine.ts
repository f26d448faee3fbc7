// What the worker does on the machine before it can serve anything, in its own folder, which is the current one.
import { chmodSync } from "node:fs";
import { makeDevTemplate } from "../run/dev-template.ts";
import { runTool } from "../tools/run-tool.ts";
import { readFlavour, type Flavour } from "./flavour.ts";
import { probe, type ProbeResult } from "./probe.ts";

export interface PreparedMachine {
  readonly flavour: Flavour;
  readonly result: ProbeResult;
}

/**
 * A folder can pass its group and its access list on to what is made in it. The image must have nothing of that. (Without
 * setfattr nothing reads access lists either.)
 */
async function becomePlain(folder: string): Promise<void> {
  chmodSync(folder, 0o700);
  await runTool("setfattr", ["-x", "system.posix_acl_default", "--", folder], { cwd: process.cwd() }).catch(
    () => undefined,
  );
}

export async function prepareMachine(): Promise<PreparedMachine> {
  const flavour = readFlavour();
  await becomePlain(".");
  const [result] = await Promise.all([probe(flavour.attributes), makeDevTemplate("dev")]);
  return { flavour, result };
}
