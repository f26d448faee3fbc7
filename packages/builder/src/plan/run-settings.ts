// What the command line says about every RUN.
import type { ExtraHost } from "./plan.ts";

export interface RunSettings {
  /** Of a RUN without `--network`, and with `--network=default`. */
  readonly network: "host" | "none";
  readonly extraHosts: readonly ExtraHost[];
}
