// `npm run demo`: from a Dockerfile to an image on a registry and back, with nothing but what npm installed.
// `-- --base IMAGE` builds on a real base instead of one made out of this machine's shell.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRegistry } from "@tsbuild/registry";
import { findHostPrograms } from "./demo/host-programs.ts";
import { printStep } from "./demo/print-step.ts";
import { pullAndDescribe } from "./demo/pull-and-describe.ts";
import { pushHostBase } from "./demo/push-host-base.ts";
import { runImageFiles } from "./demo/run-image-files.ts";
import { runTsbuild } from "./demo/tsbuild-command.ts";
import { whyNoRun, withoutRun } from "./demo/why-no-run.ts";

const example = join(import.meta.dirname, "../examples/hello");
const { values } = parseArgs({ options: { base: { type: "string" } } });
const folder = await mkdtemp(join(tmpdir(), "tsbuild-demo-"));

printStep("Start the embedded registry");
const registry = await startRegistry({ store: join(folder, "registry") });
console.log(registry.url);

try {
  const base = values.base ?? (await makeBase(`${registry.host}/base:1`));
  const image = `${registry.host}/hello:1`;

  printStep("See whether a RUN can be run on this machine");
  const whyNot = await whyNoRun(folder, base);
  console.log(whyNot === undefined ? "It can." : `${whyNot}\nSo the example is built without its RUN.`);

  const build = ["build", "--tag", image, "--push", "--build-arg", `BASE=${base}`];
  build.push("--build-arg", "VERSION=0.1", "--digest-file", join(folder, "digest"));
  if (whyNot !== undefined) build.push("--file", await writeWithoutRun());
  build.push(example);

  printStep(`Build examples/hello on ${base} and push it`);
  await tsbuild(...build);
  const digest = (await readFile(join(folder, "digest"), "utf8")).trim();

  printStep("Build it again: nothing changed, so nothing is made or moved");
  await tsbuild(...build);
  const again = (await readFile(join(folder, "digest"), "utf8")).trim();
  console.log(again === digest ? `the same digest: ${digest}` : `another digest: ${again}`);

  const pinned = `${registry.host}/hello@${digest}`;
  printStep(`Pull it back: ${pinned}`);
  for (const line of await pullAndDescribe(`${registry.host}/hello`, digest)) console.log(line);

  printStep("Run it");
  await writeFile(join(folder, "Dockerfile"), `FROM ${pinned}\n`);
  console.log(await runPulled(join(folder, "files")));
} finally {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
}

async function makeBase(reference: string): Promise<string> {
  const host = findHostPrograms();
  printStep(`Make a base image out of this machine's ${host.description}, and push it`);
  const { digest } = await pushHostBase(host, reference);
  console.log(`${reference}@${digest}`);
  return reference;
}

/** Lays the image's files out and runs its program there, or says why that cannot be. */
async function runPulled(root: string): Promise<string> {
  try {
    await tsbuild(
      "build",
      "--quiet",
      "--output",
      `type=local,dest=${root}`,
      "--file",
      join(folder, "Dockerfile"),
      folder,
    );
  } catch {
    return "Not here: its files cannot be laid out with their owners, see above.";
  }
  const attempt = runImageFiles(root, ["/bin/sh", "/app/hello.sh"], { PATH: "/bin", GREETING: "Hello" });
  return attempt.ran ? `${attempt.output.trim()}   (by ${attempt.how})` : `Not here: ${attempt.why}`;
}

async function writeWithoutRun(): Promise<string> {
  const path = join(folder, "Dockerfile.without-run");
  await writeFile(path, withoutRun(await readFile(join(example, "Dockerfile"), "utf8")));
  return path;
}

function tsbuild(...args: string[]): Promise<void> {
  return runTsbuild(folder, args);
}
