// `-q`: nothing is shown; warnings and errors come at the end as always.
import type { Renderer } from "./renderer.ts";

export const silentRenderer: Renderer = {
  report() {},
  tick() {},
  close() {},
};
