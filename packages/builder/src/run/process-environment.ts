// The variables of a RUN: what the stage has set, and what every process gets that the stage has not set.
import type { Variable } from "../plan/plan.ts";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Each name once; proxies win, since they are about this machine. */
export function processEnvironment(o: {
  readonly env: readonly Variable[];
  readonly proxies: readonly Variable[];
  readonly home: string;
}): Variable[] {
  const values = new Map(o.env);
  if (!values.has("PATH")) values.set("PATH", defaultPath);
  if (!values.has("HOME")) values.set("HOME", o.home);
  for (const [name, value] of o.proxies) values.set(name, value);
  return [...values];
}
