// Several processes on one store, and killed ones.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { descriptorOf, testFolder, textOf } from "./blobs.fixture.ts";
import { openLocalStore } from "./local-store.ts";
import { processIdentity } from "./process-identity.ts";

const program = fileURLToPath(new URL("store-process.fixture.ts", import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, ["--no-warnings", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the process ended with ${code}`);
  return text.trim();
}

describe("a store of several processes", () => {
  it("takes the same blob from all of them at once", async () => {
    const root = join(await testFolder(), "store");
    const digests = await Promise.all([1, 2, 3].map(() => output(start(root, "write", "48"))));
    expect(new Set(digests).size).toBe(1);
    expect(await readdir(join(root, "blobs", "sha256"))).toHaveLength(1);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
    const whole = Buffer.concat(Array.from({ length: 48 }, (_, i) => Buffer.alloc(64 << 10, i)));
    const store = await openLocalStore(root);
    expect(descriptorOf(whole).digest).toBe(digests[0]);
    expect((await textOf(store.read(descriptorOf(whole)))).length).toBeGreaterThan(0);
  });

  it("takes tags from all of them at once, and loses none", async () => {
    const root = await testFolder();
    await Promise.all(["a", "b", "c"].map((name) => output(start(root, "tag", name))));
    const { tags } = await openLocalStore(root);
    const names = (await tags.list()).map(({ name }) => name);
    expect(names).toHaveLength(31);
    const shared = await tags.resolve("shared");
    expect(["a-9", "b-9", "c-9"].map((text) => descriptorOf(text).digest)).toContain(shared?.digest);
  });

  it("shows nothing of a killed writer, and sweeps what it left", async () => {
    const root = await testFolder();
    const child = start(root, "hang");
    const [said] = (await once(child.stdout ?? child, "data")) as [Buffer];
    const folder = said.toString().trim();

    await openLocalStore(root);
    expect(await readdir(dirname(folder))).toHaveLength(2); // it runs: its folders are left alone

    child.kill("SIGKILL");
    await once(child, "close");
    expect(await readdir(join(root, "blobs", "sha256"))).toEqual([]);
    await openLocalStore(root);
    expect(await readdir(join(root, "tmp"))).toEqual([]);
  });
});

describe("sweeping", () => {
  it("names what ended processes have left, as long as it is there", async () => {
    const root = await testFolder();
    const store = await openLocalStore(root);
    const [, start, namespace, boot, host] = processIdentity().split("-");
    const stale = join(root, "tmp", `4194999-${start}-${namespace}-${boot}-${host}.0123456789ab`);
    await mkdir(stale);
    await store.temporaryFolder();
    expect(await store.staleFolders()).toEqual([stale]);
    await openLocalStore(root);
    expect(await store.staleFolders()).toEqual([]);
  });

  it("leaves alone what is in doubt for a day, and what it does not know for ever", async () => {
    const root = await testFolder();
    await openLocalStore(root);
    const [pid, start, namespace, boot, host] = processIdentity().split("-");
    const name = (...parts: (string | undefined)[]) => `${parts.join("-")}.0123456789ab`;
    const folders = {
      running: name(pid, start, namespace, boot, host),
      ended: name("4194999", start, namespace, boot, host),
      beforeBoot: name(pid, start, namespace, "00000000", host),
      otherContainer: name("4194999", start, "1", boot, host),
      otherContainerOfOld: name("4194998", start, "1", boot, host),
      otherMachine: name(pid, start, namespace, "00000000", "00000000"),
      stranger: "keep.me",
    };
    for (const folder of Object.values(folders)) {
      await mkdir(join(root, "tmp", folder));
      await writeFile(join(root, "tmp", folder, "x"), "x");
    }
    await utimes(join(root, "tmp", folders.otherContainerOfOld), 1, 1);
    await utimes(join(root, "tmp", folders.running), 1, 1);
    await openLocalStore(root);
    const left = await readdir(join(root, "tmp"));
    const kept = Object.entries(folders).filter(([, folder]) => left.includes(folder));
    const expected = ["running", "otherContainer", "otherMachine", "stranger"];
    expect(kept.map(([kind]) => kind)).toEqual(
      expected.filter((kind) => kind !== "otherContainer" || namespace !== "1"),
    );
  });
});
