// A program for the system test: does in namespaces what the worker does around runProcess, for orders read from its stdin
// as JSON, and prints what came out.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { SandboxError } from "../sandbox-error.ts";
import { closeInheritedDescriptors } from "../worker/close-inherited-descriptors.ts";
import { makeDevTemplate } from "./dev-template.ts";
import { processOf } from "./run-order.fixture.ts";
import type { Machine, RunnableProcess } from "./run-order.ts";
import { runProcess } from "./run-process.ts";

interface DriverOrder {
  /** An empty folder: the worker's. */
  readonly folder: string;
  readonly machine: Machine;
  readonly runs: readonly DriverRun[];
  /** Whether all run at the same time. */
  readonly atOnce?: boolean;
}

interface DriverRun {
  /** Absolute paths of folders, the top-most first. */
  readonly layers: readonly string[];
  readonly process: Partial<Omit<RunnableProcess, "files" | "devFiles">>;
  /** Contents by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly devFiles?: Readonly<Record<string, string>>;
  /** Cancelled as soon as the output has this. */
  readonly cancelAt?: string;
  /** Of the output, only the size counts. */
  readonly countOnly?: boolean;
}

interface DriverResult {
  readonly status?: number;
  readonly outOfMemory?: boolean;
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: number;
  readonly milliseconds: number;
  readonly warnings: readonly string[];
}

closeInheritedDescriptors();
const order = JSON.parse(await text(process.stdin)) as DriverOrder; // from the test
process.umask(0o022);
process.chdir(order.folder);
mkdirSync("l");
await makeDevTemplate("dev");
const results: DriverResult[] = [];
if (order.atOnce === true) results.push(...(await Promise.all(order.runs.map(drive))));
else for (const [index, run] of order.runs.entries()) results.push(await drive(run, index));
process.stdout.write(JSON.stringify(results));

async function drive(run: DriverRun, index: number): Promise<DriverResult> {
  const folder = `${index}`;
  const lowers = run.layers.map((path, layer) => {
    symlinkSync(path, `l/${index}_${layer}`);
    return `${index}_${layer}`;
  });
  for (const name of ["dev", "proc", "sys"]) mkdirSync(`${folder}/stub/${name}`, { recursive: true });
  for (const target of Object.keys(run.files ?? {})) {
    mkdirSync(`${folder}/stub${dirname(target)}`, { recursive: true });
    writeFileSync(`${folder}/stub${target}`, "");
  }
  const [output, warnings]: [{ stdout: Buffer[]; stderr: Buffer[] }, string[]] = [
    { stdout: [], stderr: [] },
    [],
  ];
  const cancel = new AbortController();
  const start = performance.now();
  let bytes = 0;
  const outcome = await runProcess({
    folder,
    lowers,
    machine: order.machine,
    process: processOf({
      env: [["PATH", "/usr/bin:/bin"]],
      signal: cancel.signal,
      ...run.process,
      files: toFiles(run.files).map(({ path, content }) => ({ target: path, content, mode: 0o644 })),
      devFiles: toFiles(run.devFiles),
    }),
    onOutput: (stream, piece) => {
      bytes += piece.length;
      if (run.countOnly !== true) output[stream].push(Buffer.from(piece));
      if (run.cancelAt !== undefined && Buffer.from(piece).includes(run.cancelAt)) cancel.abort();
    },
    warn: (code) => warnings.push(code),
  }).catch((error: unknown) => ({ error: describe(error) }));
  return {
    ...outcome,
    bytes,
    stdout: Buffer.concat(output.stdout).toString(),
    stderr: Buffer.concat(output.stderr).toString(),
    milliseconds: performance.now() - start,
    warnings,
  };
}

function toFiles(files: Readonly<Record<string, string>> = {}): { path: string; content: Uint8Array }[] {
  return Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content) }));
}

function describe(error: unknown): NonNullable<DriverResult["error"]> {
  if (!(error instanceof Error)) return { name: "thrown", message: String(error) };
  const { name, message } = error;
  return error instanceof SandboxError ? { name, message, code: error.code } : { name, message };
}
