// What all commands of one worker share.
import type { LocalStore } from "@tsbuild/store";
import type { Machine } from "../run/run-order.ts";
import type { SandboxWarningCode } from "../sandbox.ts";
import type { Flavour } from "./flavour.ts";
import type { UnpackedLayers } from "./unpacked-layers.ts";

export interface WorkerPlace {
  readonly store: LocalStore;
  readonly flavour: Flavour;
  readonly machine: Machine;
  readonly layers: UnpackedLayers;
  readonly warn: (code: SandboxWarningCode, message: string) => void;
}
