// A process of its own that uses a sandbox: `node scenario.ts <name> <store> <base layout>`. What it found is the last line
// of its output, as JSON; words before that say how far it is.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { SandboxError, openSandbox, sweepSandbox, type Sandbox } from "@tsbuild/sandbox";
import { createTable } from "@tsbuild/layer";
import { openLocalStore, type LocalStore } from "@tsbuild/store";
import { loadBusyboxLayer, type BusyboxLayer } from "./busybox-layer.ts";
import { nameOf, openWorkspace, runShell, shellProcess } from "./run-shell.ts";

interface Scene {
  readonly store: LocalStore;
  readonly sandbox: Sandbox;
  readonly base: BusyboxLayer;
  readonly startMs: number;
}

const [name = "", root = "", layout = ""] = process.argv.slice(2);

/** Those that need an open sandbox. */
const scenarios: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  /** A layer, a process, its changes, and a second process on top of them. */
  together: async ({ sandbox, base, startMs }) => {
    await sandbox.unpack(base.order);
    const first = await runShell(
      sandbox,
      [base.name],
      "echo made > /etc/made; rm /etc/hostname; mkdir -p /srv/new/deep; chown 5:6 /srv/new; mkfifo /pipe;" +
        "rm -r /opt; mkdir /opt; echo again > /opt/again; ln /etc/made /etc/second; chmod 600 /etc/group; cat /etc/resolv.conf",
    );
    if (first.packed === undefined) throw new Error("nothing was packed");
    const above = [base.name, nameOf(first.packed)];
    const isReady = sandbox.isUnpacked(nameOf(first.packed));
    const second = await runShell(
      sandbox,
      above,
      "cat /etc/made /opt/again; ls -d /opt/*; ls /etc; stat -c '%u:%g %a %F %h' /srv/new /pipe /etc/second /etc/group",
    );
    const times: number[] = [];
    for (let n = 0; n < 15; n++) {
      const started = performance.now();
      await runShell(sandbox, above, "true");
      times.push(performance.now() - started);
    }
    const passwd = await sandbox.readFile(base.name, "etc/passwd", 1 << 20);
    return {
      description: sandbox.description,
      isReady,
      first: { exit: first.exit, output: first.output, packed: first.packed },
      second: { exit: second.exit, output: second.output, packed: second.packed },
      passwd: passwd && Buffer.from(passwd).toString(),
      startMs,
      emptyRunMs: times.sort((a, b) => a - b)[7],
    };
  },

  /** Keeps at it until it is killed. */
  forever: async ({ sandbox, base }) => {
    for (let n = 0; ; n++) {
      await sandbox.unpack(base.order);
      const script = `(sleep 1000 &); (setsid sleep 1000 &); chown -R 7:8 /home; mkdir -m 0 /closed; echo ${n} > /n`;
      await Promise.all([
        runShell(sandbox, [base.name], script),
        runShell(sandbox, [base.name], script, { pack: false }),
      ]);
    }
  },

  /** Several stages of a build at once. */
  parallel: async ({ sandbox, base }) => {
    const numbers = [1, 2, 3, 4, 5, 6];
    await Promise.all(numbers.map(() => sandbox.unpack(base.order)));
    const runs = await Promise.all(
      numbers.map((n) =>
        runShell(sandbox, [base.name], `for i in 1 2 3; do echo ${n}; done; echo ${n} > /n; exit ${n}`),
      ),
    );
    return {
      outputs: runs.map(({ output }) => output.replaceAll("\n", "")),
      statuses: runs.map(({ exit }) => exit.status),
      layers: new Set(runs.map(({ packed }) => packed?.diffId)).size,
    };
  },

  /** Ends without a word to the sandbox. */
  leave: async ({ sandbox, base }) => {
    await sandbox.unpack(base.order);
    const workspace = await openWorkspace(sandbox, [base.name]);
    await new Promise<void>((resolve) => {
      const started = shellProcess("echo started; sleep 1000", { onOutput: () => resolve() });
      void workspace.run(started);
    });
    process.exit(3);
  },

  /** The worker is killed while a process runs. */
  "lose worker": async ({ sandbox, base }) => {
    await sandbox.unpack(base.order);
    const workspace = await openWorkspace(sandbox, [base.name]);
    const [worker = 0] = childrenOf(process.pid).flatMap(childrenOf);
    const kill = () => process.kill(worker, "SIGKILL");
    const running = workspace.run(shellProcess("echo started; sleep 1000", { onOutput: kill }));
    const errors = [
      await errorOf(running),
      await errorOf(sandbox.unpack({ ...base.order, name: "0".repeat(64) })),
    ];
    await workspace[Symbol.asyncDispose]();
    return { errors };
  },

  /** Cancelled by the caller: a process, and the unpacking of a layer by one of two. */
  cancel: async ({ sandbox, base }) => {
    const [abort, other] = [new AbortController(), new AbortController()];
    const reason = new Error("enough");
    const unpacking = sandbox.unpack({ ...base.order, signal: other.signal });
    const joined = sandbox.unpack(base.order);
    other.abort(reason);
    const given = await errorOf(unpacking);
    await joined;
    const workspace = await openWorkspace(sandbox, [base.name]);
    const stop = () => abort.abort(reason);
    const script = "trap '' TERM INT; setsid sleep 1000 & echo started; sleep 1000";
    const ran = await errorOf(workspace.run(shellProcess(script, { signal: abort.signal, onOutput: stop })));
    await workspace[Symbol.asyncDispose]();
    return { given, ran, isUnpacked: sandbox.isUnpacked(base.name), processes: processesInside() };
  },

  /** As many layers as there can be: the base, and 498 with one file each; and one more. */
  "many layers": async ({ sandbox, base }) => {
    await sandbox.unpack(base.order);
    const names = Array.from({ length: 499 }, (_, index) => `chain-${String(index).padStart(64, "0")}`);
    const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };
    for (const [index, name] of names.entries()) {
      const content = { kind: "bytes", bytes: Buffer.from("x") } as const;
      const entry = { kind: "file", path: `file-${index}`, size: 1, content, ...attributes } as const;
      await sandbox.unpack({ name, changes: createTable([{ kind: "put", entry }]), tars: new Map() });
    }
    const most = [base.name, ...names.slice(1)];
    const { output } = await runShell(sandbox, most, "ls / | grep -c ^file-", { pack: false });
    return { seen: output, error: await errorOf(openWorkspace(sandbox, [base.name, ...names])) };
  },

  /** More output than anybody takes for a while. */
  flood: async ({ sandbox, base }) => {
    await sandbox.unpack(base.order);
    const bytes = 64 << 20;
    let got = 0;
    let slept = false;
    const onOutput = (_stream: string, chunk: Uint8Array) => {
      got += chunk.length;
      if (!slept) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
      slept = true;
    };
    const script = `head -c ${bytes} /dev/zero; head -c 1000 /dev/zero >&2`;
    const { exit } = await runShell(sandbox, [base.name], script, { onOutput, pack: false });
    return { exit, got, expected: bytes + 1000, workerPeakMiB: Math.max(...descendantPeaksMiB()) };
  },
};

async function main(): Promise<unknown> {
  const store = await openLocalStore(root);
  if (name === "sweep") {
    await sweepSandbox({ store });
    return closing(store, undefined, { swept: true });
  }
  if (name === "abort") return closing(store, undefined, { failures: await abortStarts(store) });
  const started = performance.now();
  const sandbox = await openSandbox({ store }).catch(factsOf);
  if ("code" in sandbox) return closing(store, undefined, sandbox);
  const startMs = performance.now() - started;
  console.log("open");
  const scenario = scenarios[name];
  const result =
    scenario === undefined
      ? { description: sandbox.description, startMs }
      : await scenario({ store, sandbox, startMs, base: await loadBusyboxLayer(store, layout) });
  return closing(store, sandbox, result);
}

/** How far a start has come: not at all, its first program runs, the worker tries what this machine can do. */
const startPoints: readonly (() => boolean)[] = [
  () => true,
  () => childrenOf(process.pid).length > 0,
  () => readdirSync(join(root, "tmp")).some((folder) => existsSync(join(root, "tmp", folder, "dev"))),
];

/** Aborts a start at each point; what it ends with, or that it was never there. */
async function abortStarts(store: LocalStore): Promise<string[]> {
  const messages: string[] = [];
  for (const isThere of startPoints) {
    const abort = new AbortController();
    const over = new AbortController();
    const opening = openSandbox({ store, signal: abort.signal }).finally(() => over.abort());
    opening.catch(() => undefined); // looked at below
    while (!over.signal.aborted && !isThere()) await setImmediate();
    abort.abort(new Error("enough"));
    const opened = await opening.catch(factsOf);
    messages.push("message" in opened ? opened.message : "it was open before");
    if (!("message" in opened)) await opened[Symbol.asyncDispose]();
  }
  return messages;
}

/** What is left when all is closed. */
async function closing(store: LocalStore, sandbox: Sandbox | undefined, result: unknown): Promise<unknown> {
  await sandbox?.[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  return { ...(result as object), left: readdirSync(join(root, "tmp")), children: childrenOf(process.pid) };
}

async function errorOf(
  promise: Promise<unknown>,
): Promise<{ code: string | undefined; message: string } | undefined> {
  return promise.then(() => undefined, factsOf);
}

function factsOf(error: unknown): { code: string; message: string } {
  const code = error instanceof SandboxError ? error.code : "OTHER";
  return { code, message: error instanceof Error ? error.message : String(error) };
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Of the worker, and what has started it. */
function descendantPeaksMiB(pid = process.pid): number[] {
  return childrenOf(pid).flatMap((child) => {
    const peak = /VmHWM:\s*(\d+) kB/.exec(statusOf(child))?.[1];
    return [Number(peak) / 1024, ...descendantPeaksMiB(child)];
  });
}

/** How many processes run below the worker; those that have ended may still be in the table, as Node waits only for its own. */
function processesInside(): number {
  const worker = childrenOf(process.pid).flatMap(childrenOf);
  return worker.flatMap(childrenOf).filter((pid) => !/^State:\s*Z/m.test(statusOf(pid))).length;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, "latin1");
}

console.log(JSON.stringify(await main()));
