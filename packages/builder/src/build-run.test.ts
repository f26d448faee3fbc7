// Builds with RUN, on a sandbox that runs nothing: what is asked of it, what the cache saves, what happens at once.
import type { Change, Entry } from "@tsbuild/layer";
import { layerOf, type LayerLiteral } from "@tsbuild/rootfs";
import { SandboxError } from "@tsbuild/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import type { BuildOptions } from "./build-options.ts";
import { planBuild } from "./plan-build.ts";
import { formatPlan } from "./plan/format-plan.ts";
import type { ProgressEvent } from "./progress-event.ts";
import { fakeSandbox, type Behaviour, type FakeSandbox } from "./run/fake-sandbox.fixture.ts";
import { openScene, type Scene } from "./scene.fixture.ts";

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.[Symbol.asyncDispose]();
  scene = undefined;
});

const passwd = "root:x:0:0::/root:/bin/sh\napp:x:7:8::/home/app:/bin/sh\n";
const image: Change[] = [
  ...layerOf({
    "bin/": {},
    "bin/sh": { mode: 0o755 },
    "etc/": {},
    "etc/passwd": passwd,
    "etc/group": "app:x:8:\nextra:x:9:app\n",
    "usr/": {},
    "usr/bin/": {},
    "usr/bin/env": { mode: 0o755 },
  }).changes(),
];

async function open(behave: Behaviour): Promise<{ s: Scene; fake: FakeSandbox; base: string; run: Runner }> {
  const s = (scene = await openScene());
  const fake = fakeSandbox(behave);
  const base = await s.pushBase("base", image, { Env: ["PATH=/bin", "LANG=C"] });
  const run: Runner = (lines, options = {}) =>
    s.build(lines.join("\n"), { openSandbox: fake.open, tags: ["x:1"], ...options });
  return { s, fake, base, run };
}
type Runner = (lines: readonly string[], options?: Partial<BuildOptions>) => ReturnType<Scene["build"]>;

const cachedSteps = (events: readonly ProgressEvent[]): number =>
  events.filter(({ kind }) => kind === "step-cached").length;

describe("a RUN", () => {
  it("gives a layer of what the process changed", async () => {
    const { s, base, run } = await open(() => ({ "made/": {}, "made/file": "x" }));
    const result = await run([`FROM ${base}`, "RUN make"]);
    const layers = await s.layers(result);
    expect(layers).toHaveLength(2);
    const config = await s.config(result);
    expect(config.history?.at(-1)?.created_by).toBe("RUN /bin/sh -c make # buildkit");
  });

  it("is given its arguments, variables, user, folder and files", async () => {
    let seen: Parameters<Behaviour>[0] | undefined;
    const { base, run } = await open((process) => ((seen = process), {}));
    await run([`FROM ${base}`, "ARG A=1", "ENV B=$A", "WORKDIR /srv", "USER app", "RUN make"], {
      buildArgs: { http_proxy: "p:1" },
      extraHosts: [{ name: "db", address: "10.0.0.1" }],
    });
    expect(seen).toMatchObject({
      args: ["/bin/sh", "-c", "make"],
      cwd: "/srv",
      createCwd: false,
      user: { uid: 7, gid: 8, groups: [8, 9] },
      network: "host",
      hostname: "buildkitsandbox",
      envProgram: "/usr/bin/env",
    });
    expect(Object.fromEntries(seen?.env ?? [])).toEqual({
      PATH: "/bin",
      LANG: "C",
      A: "1",
      B: "1",
      HOME: "/home/app",
      HTTP_PROXY: "p:1",
      http_proxy: "p:1",
    });
    const hosts = seen?.files.find(({ target }) => target === "/etc/hosts");
    expect(Buffer.from(hosts?.content ?? []).toString()).toMatch(/buildkitsandbox\n[^]*10\.0\.0\.1\tdb\n$/);
    expect(seen?.order.lowers).toHaveLength(2);
    expect(seen?.order.phantoms).toContain("etc/hosts");
  });

  it("sees users that an earlier RUN has added", async () => {
    const users: unknown[] = [];
    const { base, run } = await open(({ args, user }) => {
      users.push(user.uid);
      const added: LayerLiteral = { "etc/": {}, "etc/passwd": `${passwd}new:x:55:55::/:/bin/sh\n` };
      return args.at(-1) === "add" ? added : {};
    });
    await run([`FROM ${base}`, "RUN add", "USER new", "RUN true"]);
    expect(users).toEqual([0, 55]);
  });

  it("runs in a folder that the image lacks, which is made", async () => {
    let seen: Parameters<Behaviour>[0] | undefined;
    const { s, fake } = await open((process) => ((seen = process), {}));
    const base = await s.pushBase("other", image, { WorkingDir: "/nowhere/yet" });
    await s.build(`FROM ${base}\nRUN true`, { openSandbox: fake.open });
    expect(seen).toMatchObject({ cwd: "/nowhere/yet", createCwd: true });
  });

  it("reports what it prints, as it comes", async () => {
    const { base, run } = await open((process) => (process.print("one\n"), process.print("two\n"), {}));
    const { events } = await run([`FROM ${base}`, "RUN make"]);
    const printed = events.flatMap((event) =>
      event.kind === "output" ? [`${event.stream} ${Buffer.from(event.bytes).toString()}`] : [],
    );
    expect(printed).toEqual(["stdout one\n", "stdout two\n"]);
  });

  it("that fails is an error with the place, the command, the status and the end of the output", async () => {
    const { base, run, fake } = await open((process) => (process.print("why\n"), 3));
    await expect(run([`FROM ${base}`, "RUN true && false"])).rejects.toMatchObject({
      name: "BuildError",
      code: "STEP_FAILED",
      message: expect.stringMatching(/process "\/bin\/sh -c true && false" did not .* exit code: 3$/),
      output: "why",
      location: { span: { start: { line: 2 } } },
    });
    expect(fake).toMatchObject({ live: 0, closed: 1 });
  });

  it("cannot start a program that the image lacks, and unpacks nothing to find out", async () => {
    const { base, run, fake } = await open(() => ({}));
    await expect(run([`FROM ${base}`, 'RUN ["nothing"]'])).rejects.toThrow(
      /it is in no folder of PATH \(\/bin\)/,
    );
    expect(fake.unpacked.size).toBe(0);
  });

  it("cannot run as a user that the image lacks", async () => {
    const { base, run } = await open(() => ({}));
    await expect(run([`FROM ${base}`, "USER nobody", "RUN true"])).rejects.toThrow(
      /Cannot RUN as USER nobody: Cannot find the user "nobody"/,
    );
    await expect(run([`FROM ${base}`, "USER app:none", "RUN true"])).rejects.toThrow(
      /Cannot find the group "none"/,
    );
  });

  it("cannot be where nothing isolates it, and then no layer is downloaded", async () => {
    const { base, s } = await open(() => ({}));
    const before = s.registry.requests.length;
    const openSandbox = (): Promise<never> =>
      Promise.reject(new SandboxError("NO_ISOLATION", "Cannot isolate a RUN: tried this"));
    await expect(s.build(`FROM ${base}\nRUN true`, { openSandbox })).rejects.toMatchObject({
      code: "NO_ISOLATION",
      message: "Cannot isolate a RUN: tried this",
      location: { span: { start: { line: 2 } } },
    });
    const blobs = s.registry.requests.slice(before).filter(({ path }) => path.includes("/blobs/"));
    // The config alone.
    expect(blobs).toHaveLength(1);
  });
});

describe("the cache of a RUN", () => {
  it("runs nothing the second time, and opens no sandbox", async () => {
    const { base, run, fake } = await open(() => ({ a: "x" }));
    const lines = [`FROM ${base}`, "RUN one", "RUN two"];
    const first = await run(lines);
    const second = await run(lines);
    expect(second.digest).toBe(first.digest);
    expect(fake.started).toEqual(["one", "two"]);
    expect(fake.opened).toBe(1);
    expect(cachedSteps(second.events)).toBe(3);
  });

  it.each([
    ["another command", ["RUN other"], {}],
    ["another variable", ["ENV a=2", "RUN one"], {}],
    ["another value of an ARG", ["ARG v=1", "RUN one"], { buildArgs: { v: "2" } }],
    ["another user", ["USER app", "RUN one"], {}],
    ["another folder", ["WORKDIR /w", "RUN one"], {}],
    ["another shell", ['SHELL ["/bin/sh", "-ec"]', "RUN one"], {}],
    ["another network", ["RUN --network=none one"], {}],
    ["another host name", ["RUN one"], { buildArgs: { BUILDKIT_SANDBOX_HOSTNAME: "h" } }],
    ["another line in the hosts file", ["RUN one"], { extraHosts: [{ name: "a", address: "::1" }] }],
  ])("misses for %s", async (_, lines, options) => {
    const { base, run, fake } = await open(() => ({ a: "x" }));
    await run(
      [`FROM ${base}`, "ARG v=1", "RUN one"].filter((line) => line !== "ARG v=1" || lines[0] === line),
    );
    const before = fake.started.length;
    await run([`FROM ${base}`, ...lines], options);
    expect(fake.started.length).toBe(before + 1);
  });

  it("does not ask for the proxies", async () => {
    const { base, run, fake } = await open(() => ({ a: "x" }));
    await run([`FROM ${base}`, "RUN one"], { buildArgs: { HTTP_PROXY: "a" } });
    await run([`FROM ${base}`, "RUN one"], { buildArgs: { HTTP_PROXY: "b" } });
    expect(fake.started).toEqual(["one"]);
  });

  it("counts only on the very layers that a step was made on", async () => {
    let count = 0;
    const { base, run, fake } = await open(() => ({ a: String((count += 1)) }));
    await run([`FROM ${base}`, "RUN one", "RUN two"]);
    // The first step gives something else now, under the same key.
    await run([`FROM ${base}`, "RUN one", "RUN two"], { noCache: true });
    const third = await run([`FROM ${base}`, "RUN one", "RUN two"]);
    expect(fake.started).toEqual(["one", "two", "one", "two"]);
    expect(cachedSteps(third.events)).toBe(3);
  });

  it("finds a copy from a stage that had to run again by its content", async () => {
    let count = 0;
    const { base, run, fake, s } = await open(() => ({ log: String((count += 1)), out: "same" }));
    const lines = [`FROM ${base} AS build`, "RUN make", `FROM ${base}`, "COPY --from=build /out /out"];
    const first = await run(lines);
    const again = await run(lines, { noCache: ["build"] });
    expect(fake.started).toEqual(["make", "make"]);
    expect((await s.layers(again)).at(-1)).toEqual((await s.layers(first)).at(-1));
  });

  it("is shown by a dry run, which runs nothing", async () => {
    const { base, s, fake, run } = await open(() => ({ a: "x" }));
    await run([`FROM ${base}`, "RUN one"]);
    const planned = await planBuild({
      context: s.context,
      dockerfileText: `FROM ${base}\nRUN one\nUSER app\nRUN two`,
      store: s.store,
      registries: s.registries,
    });
    const text = formatPlan(planned);
    expect(text).toContain('  hit    RUN one\n         run ["/bin/sh","-c","one"] in /, network host\n');
    expect(text).toContain(
      '  miss   RUN two\n         run ["/bin/sh","-c","two"] in / as app, network host\n',
    );
    expect(fake.started).toEqual(["one"]);
  });
});

describe("what two stages take of a third", () => {
  it("is of one result of it", async () => {
    let count = 0;
    const { base, run, fake, s } = await open(() => ({ x: String((count += 1)) }));
    const lines = [
      ...[`FROM ${base} AS a`, "RUN make", `FROM ${base} AS b`, "COPY --from=a /x /copied"],
      ...["FROM a", "COPY --from=b /copied /copied"],
    ];
    const first = await run(lines);
    // The stage gives something else now, and only it is known to.
    await run(lines, { target: "a", noCache: true });
    const dockerfileText = lines.join("\n");
    const { context, store, registries } = s;
    // A dry run says the same as the build will find.
    expect(formatPlan(await planBuild({ context, dockerfileText, store, registries }))).toMatch(
      /hit +RUN make[^]*miss +COPY \/x \/copied/,
    );
    const again = await run(lines);
    expect(fake.started).toEqual(["make", "make"]);
    const [before, after] = [await s.layers(first), await s.layers(again)];
    expect(after.at(-2)).not.toEqual(before.at(-2));
    expect(after.at(-1)).not.toEqual(before.at(-1));
    const third = await run(lines);
    expect(third.digest).toBe(again.digest);
    expect(cachedSteps(third.events)).toBe(3);
  });
});

describe("stages with RUN", () => {
  it("run at the same time when a later one needs them all", async () => {
    let [running, most] = [0, 0];
    const gate = Promise.withResolvers<void>();
    const { base, run } = await open(async ({ args }) => {
      running += 1;
      most = Math.max(most, running);
      if (running === 3) gate.resolve();
      await gate.promise;
      return { [`out-${args.at(-1)}`]: "x" };
    });
    const stages = ["a", "b", "c"].flatMap((name) => [`FROM ${base} AS ${name}`, `RUN ${name}`]);
    const copies = ["a", "b", "c"].map((name) => `COPY --from=${name} /out-${name} /`);
    await run([...stages, "FROM scratch", ...copies]);
    expect(most).toBe(3);
  });

  it("run while the stage that copies from them runs its own steps, and that of its base", async () => {
    const gate = Promise.withResolvers<void>();
    const { base, run, fake } = await open(async ({ args }) => {
      if (args.at(-1) === "helper") gate.resolve();
      else await gate.promise;
      return { [`out-${args.at(-1)}`]: "x" };
    });
    await run([
      `FROM ${base} AS helper`,
      "RUN helper",
      `FROM ${base} AS common`,
      "RUN common",
      "FROM common",
      "COPY --from=helper /out-helper /",
    ]);
    // Else `common` would have waited for ever.
    expect(fake.started.toSorted()).toEqual(["common", "helper"]);
  });

  it("end together when one of them fails, with its error", async () => {
    const ended: string[] = [];
    const slowRuns = Promise.withResolvers<void>();
    const { base, run, fake } = await open(async ({ args, signal }) => {
      if (args.at(-1) === "bad") {
        await slowRuns.promise;
        return 9;
      }
      slowRuns.resolve();
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      ended.push(args.at(-1) ?? "");
      return {};
    });
    const lines = [`FROM ${base} AS a`, "RUN slow", `FROM ${base} AS b`, "RUN bad", "FROM scratch"];
    await expect(run([...lines, "COPY --from=a /x /", "COPY --from=b /y /"])).rejects.toThrow(
      /"\/bin\/sh -c bad" did not complete successfully: exit code: 9/,
    );
    expect(ended).toEqual(["slow"]);
    expect(fake).toMatchObject({ live: 0, closed: 1 });
  });

  it("are not run when nothing needs them", async () => {
    const { base, run, fake } = await open(() => ({ out: "x" }));
    const lines = [`FROM ${base} AS a`, "RUN a", `FROM ${base} AS unused`, "RUN unused", "FROM scratch"];
    await run([...lines, "COPY --from=a /out /"]);
    expect(fake.started).toEqual(["a"]);
  });

  it("share what was unpacked for one of them", async () => {
    const { base, run, fake } = await open(() => ({ out: "x" }));
    await run([`FROM ${base} AS a`, "RUN a", `FROM ${base}`, "RUN b", "COPY --from=a /out /"]);
    expect(fake.unpacked.size).toBe(2);
  });
});

describe("layers below a RUN", () => {
  const file = (path: string): Entry => ({
    ...{ kind: "file", path, mode: 0o644, uid: 0, gid: 0, mtimeSec: 1, mtimeNsec: 0, size: 0 },
    content: { kind: "bytes", bytes: new Uint8Array() },
  });

  it("that say nothing are left out, and equal ones are stacked once", async () => {
    const orders: (readonly string[])[] = [];
    const { base, run } = await open(({ args, order }) => {
      orders.push(order.lowers);
      const same: LayerLiteral = { same: "x" };
      return args.at(-1)?.startsWith("empty") === true ? {} : same;
    });
    await run([`FROM ${base}`, "RUN empty", "RUN same", "RUN same ", "RUN empty ", "RUN last"]);
    expect(orders.map((lowers) => lowers.length)).toEqual([1, 1, 2, 2, 2]);
  });

  it("get a form of their own chain when they leave out folders", async () => {
    const { s, fake } = await open(() => ({}));
    const base = await s.pushBase("bare", [...image, { kind: "put", entry: file("a/b/c") }]);
    await s.build(`FROM ${base}\nRUN true`, { openSandbox: fake.open });
    const [name = "", order] = [...fake.unpacked][0] ?? [];
    expect(name).toMatch(/^chain-[0-9a-f]{64}$/);
    expect(order?.changes.find("a/b")).toBeGreaterThan(0);
  });
});
