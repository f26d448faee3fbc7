import type { Descriptor } from "@tsbuild/oci";
import { encodeJson, mediaTypes, parsePlatform } from "@tsbuild/oci";
import { describe, expect, it } from "vitest";
import type { BlobReader, BlobStore, WriteOptions } from "./blob-store.ts";
import type { CopyEvent } from "./copy.ts";
import { copy } from "./copy.ts";
import { bytesOf, descriptorOf, put, putImage, putIndex, textOf } from "./blobs.fixture.ts";
import { MemoryStore } from "./memory-store.ts";

/** A memory store that remembers the order of what was written, and how much went on at once. */
class WatchedStore extends MemoryStore {
  readonly written: string[] = [];
  atOnce = 0;
  most = 0;

  override async write(bytes: AsyncIterable<Uint8Array>, options: WriteOptions = {}) {
    this.most = Math.max(this.most, ++this.atOnce);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const result = await super.write(bytes, options);
      this.written.push(result.digest);
      return result;
    } finally {
      this.atOnce--;
    }
  }
}

function failing(store: MemoryStore, digest: string, error: Error): BlobReader {
  return {
    has: (blob) => store.has(blob),
    read: (blob) =>
      blob.digest !== digest
        ? store.read(blob)
        : (async function* () {
            yield Buffer.from("x");
            throw error;
          })(),
  };
}

describe("copy", () => {
  it("copies children first and the manifest last", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const { root, config, layers } = await putImage(from, ["one", "two"]);
    await copy(root, from, to);
    expect(to.written.at(-1)).toBe(root.digest);
    expect(to.written.toSorted()).toEqual([root, config, ...layers].map((d) => d.digest).sort());
    expect(await textOf(to.read(layers[1] ?? config))).toBe("two");
  });

  it("copies every image of an index, and what they share once", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const root = await putIndex(from, ["amd64", "arm64"]);
    await copy(root, from, to);
    expect(to.written).toHaveLength(8);
    expect(new Set(to.written).size).toBe(8);
    expect(to.written.at(-1)).toBe(root.digest);
  });

  it("copies only the image for a platform, with the index as it is", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const root = await putIndex(from, ["amd64", "arm64"]);
    await copy(root, from, to, { platform: parsePlatform("linux/arm64") });
    expect(await to.has(descriptorOf("only arm64"))).toBe(true);
    expect(await to.has(descriptorOf("only amd64"))).toBe(false);
    expect(await to.has(root)).toBe(true);
  });

  it("says which platforms there are when the wanted one is not", async () => {
    const from = new MemoryStore();
    const root = await putIndex(from, ["amd64", "arm64"]);
    const copying = copy(root, from, new MemoryStore(), { platform: parsePlatform("linux/s390x") });
    await expect(copying).rejects.toMatchObject({
      code: "PLATFORM_NOT_FOUND",
      message: expect.stringContaining("linux/amd64, linux/arm64"),
    });
  });

  it("copies a blob that is listed twice once", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const { root } = await putImage(from, ["same", "same", "same"]);
    await copy(root, from, to);
    expect(to.written).toHaveLength(3);
  });

  it("copies a single blob", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const blob = await put(from, "x");
    await copy(blob, from, to);
    expect(await to.has(blob)).toBe(true);
  });

  it("does not read what is there, and completes an image whose manifest is there alone", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const { root, layers } = await putImage(from, ["one", "two"]);
    await copy({ ...root, mediaType: "application/octet-stream" }, from, to);
    await put(to, "one");
    const events: CopyEvent[] = [];
    await copy(root, from, to, { report: (event) => events.push(event) });
    expect(await to.has(layers[1] ?? root)).toBe(true);
    const exist = events.filter(({ kind }) => kind === "exists").map(({ blob }) => blob.digest);
    expect(new Set(exist)).toEqual(new Set([layers[0]?.digest, root.digest]));
    expect(exist).toHaveLength(2);
  });

  it("sends a manifest again that the destination has but can't read", async () => {
    const [from, inner] = [new MemoryStore(), new MemoryStore()];
    const { root } = await putImage(from, ["one"]);
    await copy(root, from, inner);
    const sent: string[] = [];
    const damaged = failing(inner, root.digest, new Error("damaged"));
    const to: BlobStore = {
      has: async () => true,
      read: (blob) => damaged.read(blob),
      write: async (bytes, options) => {
        sent.push((await inner.write(bytes, options)).digest);
        return { digest: root.digest, size: root.size };
      },
    };
    await copy(root, from, to);
    expect(sent).toEqual([root.digest]);
  });

  it("reports how each blob travels", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const { root, layers } = await putImage(from, ["one"]);
    const events: CopyEvent[] = [];
    await copy(root, from, to, { report: (event) => events.push(event) });
    const blob = layers[0];
    expect(events.filter((event) => event.blob.digest === blob?.digest)).toEqual([
      { kind: "started", blob },
      { kind: "progress", blob, bytes: 3 },
      { kind: "done", blob, bytes: 3 },
    ]);
  });

  it("mounts what the destination can mount, and sends the rest", async () => {
    const [from, inner] = [new MemoryStore(), new WatchedStore()];
    const { root, layers } = await putImage(from, ["one", "two"]);
    const events: CopyEvent[] = [];
    const mount = async (blob: Descriptor) => blob.digest === layers[0]?.digest;
    await copy(root, from, Object.assign(inner, { mount }), { report: (event) => events.push(event) });
    expect(events.filter(({ kind }) => kind === "mounted").map(({ blob }) => blob)).toEqual([layers[0]]);
    expect(inner.written).not.toContain(layers[0]?.digest);
    expect(inner.written).toContain(layers[1]?.digest);
  });

  it.each([1, 3])("has at most %i blobs on their way at once", async (jobs) => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const { root } = await putImage(
      from,
      Array.from({ length: 12 }, (_, i) => `layer ${i}`),
    );
    await copy(root, from, to, { jobs });
    expect(to.most).toBe(jobs);
  });

  it("refuses a number of jobs that would copy nothing", async () => {
    const from = new MemoryStore();
    await expect(copy(await put(from, "x"), from, new MemoryStore(), { jobs: 0 })).rejects.toThrow(
      RangeError,
    );
  });

  it("says that the source failed", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const { root, layers } = await putImage(from, ["one", "two"]);
    const cause = new Error("cable pulled");
    const copying = copy(root, failing(from, layers[1]?.digest ?? "", cause), to);
    await expect(copying).rejects.toMatchObject({
      code: "COPY_FAILED",
      facts: { side: "source", digest: layers[1]?.digest },
      cause,
      message: expect.stringContaining("the source failed: cable pulled"),
    });
    expect(await to.has(root)).toBe(false);
  });

  it("says that the source's bytes are wrong", async () => {
    const from = new MemoryStore();
    const blob = descriptorOf("hello");
    const liar: BlobReader = { has: async () => true, read: () => bytesOf("jello") };
    await expect(copy(blob, liar, from)).rejects.toMatchObject({ cause: { code: "DIGEST_MISMATCH" } });
    expect(await from.has(blob)).toBe(false);
  });

  it("says that the destination failed", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const { root } = await putImage(from, ["one"]);
    const cause = new Error("quota");
    to.write = () => Promise.reject(cause);
    await expect(copy(root, from, to)).rejects.toMatchObject({
      code: "COPY_FAILED",
      facts: { side: "destination" },
      cause,
    });
  });

  it("stops everything after the first failure, and leaves nothing running", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const texts = Array.from({ length: 30 }, (_, i) => `layer ${i}`);
    const { root, config } = await putImage(from, texts);
    await expect(
      copy(root, failing(from, config.digest, new Error("broken")), to, { jobs: 2 }),
    ).rejects.toThrow("broken");
    expect(to.atOnce).toBe(0);
    expect(to.written.length).toBeLessThan(5);
  });

  it("stops everything when it is aborted, and throws the signal's reason", async () => {
    const [from, to] = [new MemoryStore(), new WatchedStore()];
    const { root } = await putImage(
      from,
      Array.from({ length: 30 }, (_, i) => `layer ${i}`),
    );
    const controller = new AbortController();
    const reason = new Error("enough");
    const report = ({ kind }: CopyEvent) => {
      if (kind === "done") controller.abort(reason);
    };
    await expect(copy(root, from, to, { jobs: 2, signal: controller.signal, report })).rejects.toBe(reason);
    expect(to.atOnce).toBe(0);
    expect(to.written.length).toBeLessThan(5);
    await expect(copy(root, from, to, { signal: controller.signal })).rejects.toBe(reason);
  });

  it("CVE-2020-15157: never asks for a layer's urls, and leaves out what only they have", async () => {
    const [from, to] = [new MemoryStore(), new MemoryStore()];
    const { config } = await putImage(from, []);
    const foreign = {
      ...descriptorOf("foreign", mediaTypes.ociForeignLayer),
      urls: ["http://127.0.0.1:1/x"],
    };
    const kept = { ...(await put(from, "kept", mediaTypes.ociForeignLayer)), urls: ["http://127.0.0.1:1/y"] };
    const root = await put(
      from,
      encodeJson({ schemaVersion: 2, config, layers: [foreign, kept] }),
      mediaTypes.ociManifest,
    );
    await copy(root, from, to);
    expect([await to.has(root), await to.has(foreign), await to.has(kept)]).toEqual([true, false, true]);
  });

  it("refuses a manifest that is larger than any may be, before reading it", async () => {
    const root = { ...descriptorOf("x", mediaTypes.ociManifest), size: 5 << 20 };
    await expect(copy(root, new MemoryStore(), new MemoryStore())).rejects.toMatchObject({
      code: "COPY_FAILED",
    });
  });

  it("refuses indexes in indexes without end", async () => {
    const from = new MemoryStore();
    let root = await putIndex(from, ["amd64"]);
    for (let i = 0; i < 10; i++) {
      const index = { schemaVersion: 2, manifests: [root], annotations: { i: String(i) } };
      root = await put(from, encodeJson(index), mediaTypes.ociIndex);
    }
    await expect(copy(root, from, new MemoryStore())).rejects.toThrow(/nested/);
  });

  it("CVE-2021-41190: refuses a manifest that its descriptor calls an index", async () => {
    const from = new MemoryStore();
    const { root } = await putImage(from, ["one"]);
    const copying = copy({ ...root, mediaType: mediaTypes.ociIndex }, from, new MemoryStore());
    await expect(copying).rejects.toMatchObject({
      facts: { side: "source" },
      cause: { code: "MANIFEST_INVALID" },
    });
  });
});
