// The system calls of a write, in order, and what happens when one fails: with files that are fakes.
import { digestOf } from "@tsbuild/oci";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeBlobFile } from "./blob-file.ts";
import type { FileCalls, WritableFile } from "./files.ts";
import { fileCalls } from "./files.ts";
import { bytesOf, descriptorOf, testFolder } from "./blobs.fixture.ts";
import { verify } from "./verify.ts";

type Step = "create" | "write" | "sync" | "close" | "rename" | "remove" | "syncFolder";

/** The real calls, noted in `steps`; those named in `broken` fail with that code instead. */
function noted(broken: Partial<Record<Step, string>> = {}): { calls: FileCalls; steps: Step[] } {
  const steps: Step[] = [];
  const note = async <T>(step: Step, act: () => Promise<T>): Promise<T> => {
    steps.push(step);
    const code = broken[step];
    if (code !== undefined) throw Object.assign(new Error(`${code}: fake`), { code, syscall: step });
    return act();
  };
  const calls: FileCalls = {
    create: (path) =>
      note("create", async () => {
        const file = await fileCalls.create(path);
        const watched: Pick<WritableFile, "sync" | "close"> & {
          write: (bytes: Uint8Array) => Promise<unknown>;
        } = {
          write: (bytes) => note("write", () => file.write(bytes)),
          sync: () => note("sync", () => file.sync()),
          close: async () => {
            await file.close();
            await note("close", async () => {});
          },
        };
        return watched as WritableFile; // only this one form of write is used
      }),
    rename: (from, to) => note("rename", () => fileCalls.rename(from, to)),
    remove: (path) => note("remove", () => fileCalls.remove(path)),
    syncFolder: (path) => note("syncFolder", () => fileCalls.syncFolder(path)),
  };
  return { calls, steps };
}

async function write(calls: FileCalls, source = bytesOf("hello"), expected = descriptorOf("hello")) {
  const folder = await testFolder();
  const place = async () => join(folder, "blob");
  const writing = writeBlobFile(source, { expected, temporary: join(folder, "temporary"), place, calls });
  return { writing, left: async () => readdir(folder) };
}

describe("writeBlobFile", () => {
  it("containerd #10457: syncs the file before it gets its name, and the folder after", async () => {
    const { calls, steps } = noted();
    const { writing, left } = await write(calls);
    await writing;
    expect(steps).toEqual(["create", "write", "sync", "close", "rename", "syncFolder"]);
    expect(await left()).toEqual(["blob"]);
  });

  it("verifies before it syncs, and never names what is wrong", async () => {
    const { calls, steps } = noted();
    const { writing, left } = await write(calls, bytesOf("jello"));
    await expect(writing).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(steps).toEqual(["create", "write", "close", "remove"]);
    expect(await left()).toEqual([]);
  });

  it.each([
    ["create", "ENOSPC", "NO_SPACE", []],
    ["create", "EACCES", "IO", []],
    ["write", "ENOSPC", "NO_SPACE", []],
    ["write", "EDQUOT", "NO_SPACE", []],
    ["sync", "EIO", "IO", []],
    ["sync", "ENOSPC", "NO_SPACE", []],
    ["close", "EIO", "IO", []],
    ["rename", "EROFS", "IO", []],
    ["syncFolder", "EIO", "IO", ["blob"]],
  ] as const)("fails when %s answers %s, with %s, and leaves %j", async (step, code, expected, left) => {
    const { calls, steps } = noted({ [step]: code });
    const written = await write(calls);
    await expect(written.writing).rejects.toMatchObject({ code: expected, cause: { code } });
    expect(await written.left()).toEqual(left);
    expect(steps.filter((s) => s === step)).toHaveLength(1);
  });

  it("fails when a sync in the background failed, though the last one succeeds", async () => {
    const { calls, steps } = noted();
    let syncs = 0;
    const lossy: FileCalls = {
      ...calls,
      create: async (path) => {
        const file = await calls.create(path);
        const sync = async () => {
          if (syncs++ === 0) throw Object.assign(new Error("EIO: fake"), { code: "EIO", syscall: "fsync" });
        };
        return { write: file.write, close: () => file.close(), sync };
      },
    };
    const pieces = Array.from({ length: 40 }, () => Buffer.alloc(1 << 20));
    const { writing, left } = await write(lossy, bytesOf(...pieces), descriptorOf(Buffer.concat(pieces)));
    await expect(writing).rejects.toMatchObject({ code: "IO" });
    expect(steps).not.toContain("rename");
    expect(await left()).toEqual([]);
  });

  it("goes on after a write that took only some of the bytes", async () => {
    const { calls } = noted();
    const slow: FileCalls = {
      ...calls,
      create: async (path) => {
        const file = await fileCalls.create(path);
        const write = (bytes: Uint8Array, offset = 0) => file.write(bytes, offset, 1);
        return { write: write as WritableFile["write"], sync: () => file.sync(), close: () => file.close() };
      },
    };
    const { writing } = await write(slow);
    expect(await writing).toMatchObject({ size: 5 });
  });

  it("joins small chunks into few writes, and keeps their order", async () => {
    const { calls, steps } = noted();
    const pieces = [...Array.from({ length: 2000 }, (_, i) => `${i},`), "x".repeat(400_000), "end"];
    const { writing } = await write(calls, bytesOf(...pieces), descriptorOf(pieces.join("")));
    await writing;
    expect(steps.filter((step) => step === "write")).toHaveLength(3);
  });

  it("trusts verified bytes only for the digest that they were verified for", async () => {
    const { calls } = noted();
    const lying = verify(bytesOf("jello"), { digest: digestOf("jello") });
    const { writing, left } = await write(calls, lying as ReturnType<typeof bytesOf>);
    await expect(writing).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await left()).toEqual([]);
  });

  it("keeps nothing of verified bytes that fail at their end", async () => {
    const { calls } = noted();
    const failing = verify(bytesOf("jello"), descriptorOf("hello"));
    const { writing, left } = await write(calls, failing as ReturnType<typeof bytesOf>);
    await expect(writing).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(await left()).toEqual([]);
  });
});
