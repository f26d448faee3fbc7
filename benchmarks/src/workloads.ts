// What is measured, with the ratio of wall time to buildah's that each should reach.

export interface Workload {
  readonly name: "w1" | "w1-again" | "w8" | "w2";
  readonly title: string;
  readonly context: "many" | "much";
  /** From nothing, or with what the workload before it left. */
  readonly start: "cold" | "warm";
  readonly changesOneFile: boolean;
  readonly goal: number;
}

/** In this order: the second and third stand on the first. */
export const workloads: readonly Workload[] = [
  {
    name: "w1",
    title: "W1: COPY of many small files",
    context: "many",
    start: "cold",
    changesOneFile: false,
    goal: 0.25,
  },
  {
    name: "w1-again",
    title: "W1 again: nothing changed",
    context: "many",
    start: "warm",
    changesOneFile: false,
    goal: 0.1,
  },
  {
    name: "w8",
    title: "W8: one file of them changed",
    context: "many",
    start: "warm",
    changesOneFile: true,
    goal: 0.2,
  },
  {
    name: "w2",
    title: "W2: COPY of a few large files",
    context: "much",
    start: "cold",
    changesOneFile: false,
    goal: 0.5,
  },
];
