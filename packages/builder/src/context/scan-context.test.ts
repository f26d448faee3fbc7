import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { IgnoreMatcher, parseIgnoreFile } from "@tsbuild/dockerfile";
import { flatten } from "@tsbuild/rootfs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContextError } from "./context-error.ts";
import { ContextReader } from "./context-reader.ts";
import type { ContextSnapshot } from "./context-snapshot.ts";
import { saveDigests } from "./digest-cache.ts";
import { FileIdentities } from "./file-identities.ts";
import type { ReaderChannel } from "./reader-protocol.ts";
import { ReaderThread } from "./reader-thread.ts";
import { scanContext, type ScanOptions } from "./scan-context.ts";

let temporary: string;
let folder: string;
let open: ContextSnapshot[];
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "context-"));
  folder = join(temporary, "context");
  mkdirSync(folder);
  open = [];
});
afterEach(async () => {
  for (const snapshot of open) await snapshot[Symbol.asyncDispose]();
  rmSync(temporary, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Scans without a thread, which takes longer to start than most scans here. */
async function scan(options: ScanOptions = {}): Promise<ContextSnapshot> {
  const snapshot = await scanContext(folder, { startReader: () => inThisThread(), ...options });
  open.push(snapshot);
  return snapshot;
}

function ignoring(text: string): ScanOptions {
  return { ignore: new IgnoreMatcher(parseIgnoreFile(text)) };
}

function inThisThread(): ReaderChannel {
  const reader = new ContextReader();
  return {
    async request(request, options) {
      const reply = reader.answer(request, (progress) => options?.report?.(progress));
      if (reply.kind !== "failed" || reply.code === undefined) return reply;
      throw new ContextError(reply.code, reply.message, reply.facts);
    },
    async rest() {},
    async [Symbol.asyncDispose]() {},
  };
}

function paths(snapshot: ContextSnapshot): string[] {
  return [...flatten(snapshot)].map((change) => (change.kind === "put" ? change.entry.path : change.kind));
}

/** A moment at which files are at rest. */
const longAgo = new Date("2020-01-01T00:00:00Z");

async function codeOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ContextError) return error.code;
    throw error;
  }
  return undefined;
}

describe("scanContext", () => {
  it("gives all entries in tree order, with their attributes and where they are", async () => {
    write({ "b/x": "1", "b-c": "22", "b/deep/er/f": "3" });
    chmodSync(join(folder, "b-c"), 0o4750);
    utimesSync(join(folder, "b-c"), new Date(1500), new Date(-1250));
    symlinkSync("../../outside", join(folder, "link"));
    const snapshot = await scan();
    expect(paths(snapshot)).toEqual(["b", "b/deep", "b/deep/er", "b/deep/er/f", "b/x", "b-c", "link"]);
    expect(snapshot.get("b-c")).toMatchObject({
      kind: "file",
      mode: 0o4750,
      size: 2,
      mtimeSec: -2,
      mtimeNsec: 750_000_000,
      content: { kind: "disk", path: join(snapshot.folder, "b-c") },
    });
    expect(snapshot.get("link")).toMatchObject({ kind: "symlink", target: "../../outside" });
    expect(snapshot.get("")).toMatchObject({ kind: "directory" });
    expect(snapshot.get("b/none")).toBeUndefined();
    expect(snapshot.list("b-c")).toEqual([]);
    expect(snapshot.size).toBe(8);
  });

  it("keeps names that are no UTF-8, and the order of bytes", async () => {
    const bytes = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff, 0x80])]);
    writeFileSync(bytes, "raw");
    write({ "\uffee": "1", "\u{1f600}": "2", "replacement-\ufffd": "3" });
    const snapshot = await scan();
    expect(paths(snapshot)).toEqual(["f\udcff\udc80", "replacement-\ufffd", "\uffee", "\u{1f600}"]);
    await snapshot.hashFiles(paths(snapshot));
    expect(snapshot.digestOf("f\udcff\udc80")).toBe(
      `sha256:${createHash("sha256").update("raw").digest("hex")}`,
    );
  });

  it("leaves out what is ignored, and says by which pattern", async () => {
    write({ "keep/f": "1", "logs/a": "2", "logs/keep/f": "3", "logs/other/g": "4", "x.tmp": "5" });
    const snapshot = await scan(ignoring("logs\n!logs/keep\n*.tmp\n"));
    expect(paths(snapshot)).toEqual(["keep", "keep/f", "logs", "logs/keep", "logs/keep/f"]);
    expect(snapshot.ignoredBy("logs/a")).toBe("logs");
    expect(snapshot.ignoredBy("x.tmp")).toBe("*.tmp");
    expect(snapshot.ignoredBy("logs/keep/f")).toBeUndefined();
  });

  it("does not open a folder that is ignored and has no exceptions", async () => {
    write({ f: "1" });
    // Each name of this chain is short, but together they are too long for the system: whoever goes there fails.
    execFileSync("sh", [
      "-c",
      `cd "$1" && mkdir deep && cd deep && i=0; while [ $i -lt 20 ]; do n=${"n".repeat(250)}; mkdir $n && cd -P $n; i=$((i + 1)); done`,
      "sh",
      folder,
    ]);
    expect(await codeOf(() => scan())).toBe("CONTEXT_UNREADABLE");
    expect(paths(await scan(ignoring("deep")))).toEqual(["f"]);
    execFileSync("rm", ["-r", join(folder, "deep")]);
  });

  it("knows hard links whose names are both in the context", async () => {
    write({ a: "1", c: "1", "out/x": "2" });
    linkSync(join(folder, "a"), join(folder, "b"));
    linkSync(join(folder, "out/x"), join(temporary, "elsewhere"));
    const snapshot = await scan();
    expect(snapshot.linkGroup("a")).toBeDefined();
    expect(snapshot.linkGroup("b")).toBe(snapshot.linkGroup("a"));
    expect(snapshot.linkGroup("c")).toBeUndefined();
    expect(snapshot.linkGroup("out/x")).toBeUndefined();
  });

  it("has pipes and leaves sockets out", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
    const snapshot = await scan();
    expect(paths(snapshot)).toEqual(["pipe"]);
    expect(snapshot.get("pipe")?.kind).toBe("fifo");
    await new Promise((resolve) => server.close(resolve));
  });

  it("takes a symbolic link to a folder, and says what is wrong with anything else", async () => {
    write({ f: "1" });
    symlinkSync(folder, join(temporary, "link"));
    const snapshot = await scanContext(join(temporary, "link"), { startReader: () => inThisThread() });
    expect(snapshot.folder).toBe(folder);
    expect(await codeOf(() => scanContext(join(temporary, "none")))).toBe("CONTEXT_NOT_FOUND");
    expect(await codeOf(() => scanContext(join(folder, "f")))).toBe("CONTEXT_NOT_DIRECTORY");
  });
});

describe("the thread that reads a context", () => {
  it("scans, hashes, reports and fails as in this thread", async () => {
    write({ a: "1", "d/b": "22" });
    const snapshot = await scan({ ...ignoring("x\n"), startReader: () => new ReaderThread() });
    expect(paths(snapshot)).toEqual(["a", "d", "d/b"]);
    const reports: number[] = [];
    expect(await snapshot.hashFiles(["d/b"], { report: ({ bytes }) => reports.push(bytes) })).toBe(1);
    expect(reports).toEqual([2]);
    expect(snapshot.digestOf("d/b")).toBe(`sha256:${createHash("sha256").update("22").digest("hex")}`);
    rmSync(join(folder, "a"));
    expect(await codeOf(() => snapshot.hashFiles(["a"]))).toBe("CONTEXT_FILE_CHANGED");
  });

  it("goes on with what it knew after a rest", async () => {
    write({ a: "1", b: "22" });
    const snapshot = await scan({ startReader: () => new ReaderThread() });
    await snapshot.hashFiles(["a"]);
    await snapshot.rest();
    expect(await snapshot.hashFiles(["a", "b"])).toBe(1);
    expect(snapshot.digestOf("b")).toBe(`sha256:${createHash("sha256").update("22").digest("hex")}`);
    await snapshot.rest();
    await snapshot.rest();
  });

  it("ends when it is aborted, and says so to whoever asks later", async () => {
    const reason = new Error("stop");
    const startReader = () => new ReaderThread();
    await expect(scan({ signal: AbortSignal.abort(reason), startReader })).rejects.toBe(reason);
    write({ a: "1", b: "2" });
    const snapshot = await scan({ startReader });
    const controller = new AbortController();
    const hashing = snapshot.hashFiles(["a"], {
      signal: controller.signal,
      report: () => controller.abort(reason),
    });
    await expect(hashing).rejects.toBe(reason);
    expect(await codeOf(() => snapshot.hashFiles(["b"]))).toBe("CONTEXT_READER_DIED");
  });
});

describe("hashFiles", () => {
  it("hashes what it is asked for and nothing else", async () => {
    write({ "src/f": "abc", "big/sibling": "x" });
    const snapshot = await scan();
    expect(await snapshot.hashFiles(["src/f"])).toBe(1);
    expect(snapshot.digestOf("src/f")).toBe(`sha256:${createHash("sha256").update("abc").digest("hex")}`);
    expect(snapshot.get("src/f")).toMatchObject({ contentDigest: snapshot.digestOf("src/f") });
    expect(snapshot.digestOf("big/sibling")).toBeUndefined();
    expect(await snapshot.hashFiles(["src/f"])).toBe(0);
    await expect(snapshot.hashFiles(["src"])).rejects.toThrow(TypeError);
  });

  it("hashes empty files and files larger than its buffer", async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 7, "abcdefg");
    write({ empty: "", large: large.toString() });
    const snapshot = await scan();
    const reports: number[] = [];
    await snapshot.hashFiles(["empty", "large"], { report: ({ bytes }) => reports.push(bytes) });
    expect(snapshot.digestOf("large")).toBe(`sha256:${createHash("sha256").update(large).digest("hex")}`);
    expect(snapshot.digestOf("empty")).toBe(`sha256:${createHash("sha256").digest("hex")}`);
    expect(reports.at(-1)).toBe(large.length);
  });

  it("reads nothing again that the cache knows, after a rescan", async () => {
    write({ a: "1", b: "2", c: "3" });
    const cacheFile = await cacheOfOldFiles(["a", "b"]);
    const again = await scan({ cacheFile });
    expect(await again.hashFiles(["a", "b", "c"])).toBe(1);
    expect(again.digestOf("a")).toBe(`sha256:${createHash("sha256").update("1").digest("hex")}`);
    // What was hashed now is known next time, and what was known before still is.
    expect(await (await scan({ cacheFile })).hashFiles(["a", "b"])).toBe(0);
  });

  it("reads a file again whose content changed though its size and mtime did not (buildkit #4950, #4817, #5680)", async () => {
    write({ a: "old" });
    const cacheFile = await cacheOfOldFiles(["a"]);
    writeFileSync(join(folder, "a"), "new");
    utimesSync(join(folder, "a"), longAgo, longAgo);
    const again = await scan({ cacheFile });
    expect(await again.hashFiles(["a"])).toBe(1);
    expect(again.digestOf("a")).toBe(`sha256:${createHash("sha256").update("new").digest("hex")}`);
  });

  it("does not remember files that had just been written", async () => {
    write({ a: "1" });
    const cacheFile = join(temporary, "cache");
    expect(await (await scan({ cacheFile })).hashFiles(["a"])).toBe(1);
    expect(await (await scan({ cacheFile })).hashFiles(["a"])).toBe(1);
  });

  it.each([
    ["has another size", (path: string) => writeFileSync(path, "longer")],
    ["was replaced by a file of the same size", (path: string) => replace(path)],
    ["is gone", (path: string) => rmSync(path)],
    ["became a symbolic link to a file outside", (path: string) => becomeLink(path)],
  ])("refuses a file that %s since the scan", async (_, change) => {
    write({ a: "1" });
    const snapshot = await scan();
    change(join(folder, "a"));
    expect(await codeOf(() => snapshot.hashFiles(["a"]))).toBe("CONTEXT_FILE_CHANGED");
  });

  it("knows what a file was when it was looked at", async () => {
    write({ a: "1" });
    const { ino, mtimeNs, ctimeNs, dev } = statSync(join(folder, "a"), { bigint: true });
    expect((await scan()).identityOf("a")).toEqual({ device: dev, inode: ino, size: 1n, mtimeNs, ctimeNs });
  });
});

/** A cache file as a build long after the files were written would have left it. */
async function cacheOfOldFiles(files: readonly string[]): Promise<string> {
  const cacheFile = join(temporary, "cache");
  const snapshot = await scan();
  await snapshot.hashFiles(files);
  const identities = new FileIdentities(new ArrayBuffer(files.length * FileIdentities.bytesPerRow));
  const digests = Buffer.alloc(files.length * 32);
  for (const [row, path] of files.entries()) {
    const identity = snapshot.identityOf(path);
    if (identity !== undefined) identities.set(row, identity);
    digests.set(
      createHash("sha256")
        .update(readFileSync(join(folder, path)))
        .digest(),
      row * 32,
    );
  }
  saveDigests(cacheFile, { count: files.length, identities, digests });
  return cacheFile;
}

function replace(path: string): void {
  writeFileSync(`${path}.new`, "2");
  renameSync(`${path}.new`, path);
}

function becomeLink(path: string): void {
  rmSync(path);
  symlinkSync("/etc/hostname", path);
}
