// Why a worker could not be started in one of the ways, as facts that a message and remedies can be made of.
import type { ProbeStep } from "../channel/message.ts";
import type { Privilege } from "./worker-command.ts";

export interface StartFailure {
  readonly privilege: Privilege;
  /** How far it came: programs, IDs to be lent, their map, the namespaces, the first answer, and what the worker tries. */
  readonly step: "tools" | "ids" | "map" | "namespaces" | "answer" | ProbeStep;
  /** What the program or the kernel said. */
  readonly reason: string;
}

/** Only within this folder: what a failed start throws. */
export class StartError extends Error {
  readonly failure: StartFailure;

  constructor(failure: StartFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}
