// What is measured: contexts, the builds of each in their order, and the rows of the table that come of it, with the
// ratio of wall time to buildah's that each should reach.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BaseName } from "../../test/src/bases/push-base.ts";
import { changedFile, generateManyFiles, generateMuchData, type ContextSizes } from "./contexts.ts";

export interface Build {
  readonly name: string;
  /** From nothing, or with what the build before it left. */
  readonly start: "cold" | "warm";
  /** In the context's folder; default `Dockerfile`. */
  readonly dockerfile?: string;
  /** A file of the context that is changed first. */
  readonly changes?: string;
}

export interface Row {
  readonly title: string;
  readonly build: string;
  /** The time is the difference to that build's, divided by `steps`: what one step costs. */
  readonly perStep?: { readonly without: string; readonly steps: number };
  readonly goal: number;
}

export interface Workload {
  /** What `--only` calls it; also the names of folder and repository. */
  readonly name: string;
  readonly bases: readonly BaseName[];
  prepare(context: string, reference: (base: BaseName) => string): void;
  readonly builds: readonly Build[];
  readonly rows: readonly Row[];
}

/** In the order in which they run. */
export function listWorkloads(sizes: ContextSizes): readonly Workload[] {
  return [
    copyMany(sizes),
    copyMuch(sizes),
    runSmall(sizes),
    runLarge(sizes),
    runStages(sizes),
    runEmpty(sizes),
  ];
}

function copyMany(sizes: ContextSizes): Workload {
  return {
    name: "w1",
    bases: ["debian"],
    prepare: (context, reference) => {
      generateManyFiles(context, sizes);
      writeDockerfile(context, [`FROM ${reference("debian")}`, "COPY node_modules /app/node_modules"]);
    },
    builds: [
      { name: "w1", start: "cold" },
      { name: "w1-again", start: "warm" },
      { name: "w8", start: "warm", changes: changedFile },
    ],
    rows: [
      { title: "W1: COPY of many small files", build: "w1", goal: 0.25 },
      { title: "W1 again: nothing changed", build: "w1-again", goal: 0.1 },
      { title: "W8: one file of them changed", build: "w8", goal: 0.2 },
    ],
  };
}

function copyMuch(sizes: ContextSizes): Workload {
  return {
    name: "w2",
    bases: ["busybox"],
    prepare: (context, reference) => {
      generateMuchData(context, sizes);
      writeDockerfile(context, [`FROM ${reference("busybox")}`, "COPY data /data"]);
    },
    builds: [{ name: "w2", start: "cold" }],
    rows: [{ title: "W2: COPY of a few large files", build: "w2", goal: 0.5 }],
  };
}

function runSmall({ steps, largeBase }: ContextSizes): Workload {
  return {
    name: "w3",
    bases: [largeBase],
    prepare: (context, reference) =>
      writeDockerfile(context, [
        `FROM ${reference(largeBase)}`,
        ...range(steps).map((n) => `RUN echo ${n} > /f${n}`),
      ]),
    builds: [
      { name: "w3", start: "cold" },
      { name: "w3-again", start: "warm" },
    ],
    rows: [
      { title: `W3: ${steps} small RUNs on a large base`, build: "w3", goal: 0.45 },
      { title: "W3 again: nothing changed", build: "w3-again", goal: 1 },
    ],
  };
}

/** Most of the base, twice: about 300 MB. */
function runLarge({ copies }: ContextSizes): Workload {
  const folders = ["proc", "sys", "dev", "opt", "run", "etc"].map((name) => `--exclude=./${name}`).join(" ");
  const unpack = `mkdir -p /opt/u$i && tar -C / ${folders} -cf - . | tar -C /opt/u$i -xf -`;
  return {
    name: "w4",
    bases: ["debian"],
    prepare: (context, reference) =>
      writeDockerfile(context, [
        `FROM ${reference("debian")}`,
        `RUN for i in $(seq ${copies}); do ${unpack}; done`,
      ]),
    builds: [{ name: "w4", start: "cold" }],
    rows: [{ title: "W4: RUN that unpacks much", build: "w4", goal: 0.65 }],
  };
}

function runStages({ sleepSeconds }: ContextSizes): Workload {
  const stages = ["a", "b", "c", "d"];
  return {
    name: "w7",
    bases: ["debian", "busybox"],
    prepare: (context, reference) =>
      writeDockerfile(context, [
        ...stages.flatMap((name) => [
          `FROM ${reference("debian")} AS stage-${name}`,
          `RUN sleep ${sleepSeconds} && mkdir -p /out && echo ${name} > /out/${name}`,
        ]),
        `FROM ${reference("busybox")}`,
        ...stages.map((name) => `COPY --from=stage-${name} /out/${name} /out/${name}`),
      ]),
    builds: [{ name: "w7", start: "cold" }],
    rows: [{ title: `W7: four stages of ${sleepSeconds} s`, build: "w7", goal: 0.4 }],
  };
}

/** The base is there already, by a build that is not measured; no step is in a cache. */
function runEmpty({ steps, largeBase }: ContextSizes): Workload {
  const runs = (names: readonly (string | number)[]): string[] => names.map((name) => `RUN true ${name}`);
  return {
    name: "empty",
    bases: [largeBase],
    prepare: (context, reference) => {
      const from = `FROM ${reference(largeBase)}`;
      writeDockerfile(context, [from, ...runs(["first"])], "first");
      writeDockerfile(context, [from, ...runs(["one"])], "one");
      writeDockerfile(context, [from, ...runs(range(steps + 1))], "many");
    },
    builds: [
      { name: "empty-first", start: "cold", dockerfile: "first" },
      { name: "empty-one", start: "warm", dockerfile: "one" },
      { name: "empty-many", start: "warm", dockerfile: "many" },
    ],
    rows: [
      {
        title: `Empty RUN: (${steps + 1} steps − 1) / ${steps}`,
        build: "empty-many",
        perStep: { without: "empty-one", steps },
        goal: 0.25,
      },
    ],
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function writeDockerfile(context: string, lines: readonly string[], name = "Dockerfile"): void {
  writeFileSync(join(context, name), `${lines.join("\n")}\n`);
}
