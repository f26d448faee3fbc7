// What the worker does on the machine before it can serve anything, in its own folder, which is the current one.
import { makeDevTemplate } from "../run/dev-template.ts";
import { readFlavour, type Flavour } from "./flavour.ts";
import { probe, type ProbeResult } from "./probe.ts";

export interface PreparedMachine {
  readonly flavour: Flavour;
  readonly result: ProbeResult;
}

export async function prepareMachine(): Promise<PreparedMachine> {
  const flavour = readFlavour();
  const [result] = await Promise.all([probe(flavour.attributes), makeDevTemplate("dev")]);
  return { flavour, result };
}
