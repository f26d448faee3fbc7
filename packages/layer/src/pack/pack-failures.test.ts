import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Change } from "../entry.ts";
import { LayerError } from "../layer-error.ts";
import { createTable } from "../table/create-table.ts";
import { packLayer } from "./pack-layer.ts";
import type { PackOptions } from "./pack-layer.ts";
import { attributes, collecting, file, folder, put, sha256, textFile } from "./packing.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "pack-failures-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function failure(changes: Change[], more: Partial<PackOptions> = {}): Promise<LayerError> {
  const error: unknown = await packLayer(createTable(changes), collecting([], more)).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof LayerError)) throw new TypeError(`no LayerError: ${String(error)}`);
  return error;
}

/** So many entries that a thread packs them. */
const manyFolders = [...Array(600).keys()].map((index) => folder(`folder-${index}`));

function onDisk(name: string, content: string): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

/** A file of zeros that takes no place on the disk. */
function sparse(name: string, size: number): string {
  const path = onDisk(name, "");
  truncateSync(path, size);
  return path;
}

describe("packLayer says what it can't pack", () => {
  it.each([
    ["shorter", "1234567", 9],
    ["longer", "1234567", 5],
    ["no longer empty", "1234567", 0],
    ["longer than one block", "1234567", 2_000_000],
  ])("a file that is %s than it was", async (name, content, size) => {
    const path = onDisk(name, content);
    const error = await failure([file("f", size, { kind: "disk", path })]);
    expect(error.code).toBe("FILE_CHANGED");
    expect(error.facts.path).toBe(path);
    expect(error.message).toContain(JSON.stringify(path));
  });

  it("a file that shrinks while it is being packed", async () => {
    const size = 40_000_000;
    const path = sparse("shrinking", size);
    const packing = packLayer(createTable([file("f", size, { kind: "disk", path })]), {
      layerFile: () => "",
      threads: 1,
      async write(bytes) {
        let written = 0;
        for await (const chunk of bytes) {
          if (written === 0) truncateSync(path, 30_000_000); // far behind what the ring holds
          written += chunk.length;
        }
        return { digest: sha256("0".repeat(64)), size: written };
      },
    });
    await expect(packing).rejects.toMatchObject({ code: "FILE_CHANGED", facts: { path } });
  });

  it("a file that is missing, in the same words from a thread", async () => {
    const path = join(root, "missing");
    const missing = file("f", 3, { kind: "disk", path });
    for (const changes of [[missing], [...manyFolders, missing]]) {
      const error = await failure(changes);
      expect(error.code).toBe("FILE_UNREADABLE");
      expect(error.facts.path).toBe(path);
      expect(error.message).toBe(`Cannot pack "${path}": it does not exist any more`);
      expect(error.cause).toMatchObject({ code: "ENOENT" });
    }
  });

  it("a file that became a symbolic link or a folder", async () => {
    const link = join(root, "link");
    symlinkSync("/etc/hostname", link);
    const directory = join(root, "directory");
    mkdirSync(directory);
    for (const path of [link, directory]) {
      const error = await failure([file("f", 3, { kind: "disk", path })]);
      expect(error).toMatchObject({ code: "FILE_CHANGED", facts: { path } });
    }
  });

  it("a slice of a tar that is missing or too short", async () => {
    const layer = sha256("c".repeat(64));
    const short = onDisk("short.tar", "12345");
    const changes = [file("f", 10, { kind: "slice", layer, offset: 0 })];
    for (const path of [short, join(root, "none.tar")]) {
      const error = await failure(changes, { layerFile: () => path });
      expect(error).toMatchObject({ code: "SLICE_UNREADABLE", facts: { path: "f" } });
    }
  });

  it("a slice of a layer that the caller does not have", async () => {
    const slice = file("f", 10, { kind: "slice", layer: sha256("d".repeat(64)), offset: 0 });
    const layerFile = () => {
      throw new LayerError("SLICE_UNREADABLE", "Cannot find layer: it was never pulled");
    };
    for (const changes of [[slice], [...manyFolders, slice]]) {
      const error = await failure(changes, { layerFile });
      expect(error.code).toBe("SLICE_UNREADABLE");
      expect(error.message).toBe("Cannot find layer: it was never pulled");
    }
  });

  it("bytes of another length than the entry says", async () => {
    const changes = [file("f", 10, { kind: "bytes", bytes: Buffer.from("12345") })];
    expect((await failure(changes)).code).toBe("ENTRY_INVALID");
  });

  it("an entry that whoever unpacks the layer would take for a whiteout", async () => {
    const error = await failure([textFile("a/.wh.b", "x")]);
    expect(error).toMatchObject({ code: "ENTRY_INVALID", facts: { path: "a/.wh.b" } });
  });

  it("hard links that go round in a circle", async () => {
    const link = (path: string, target: string) => put({ ...attributes, kind: "hardlink", path, target });
    expect((await failure([link("a", "b"), link("b", "a")])).code).toBe("ENTRY_INVALID");
    expect((await failure([link("a", "a")])).code).toBe("ENTRY_INVALID");
  });

  it("a number of threads that makes no sense", async () => {
    await expect(packLayer(createTable([]), collecting([], { threads: 0 }))).rejects.toThrow(RangeError);
  });
});

describe("packLayer stops", () => {
  it("with the signal's reason when aborted, before and during", async () => {
    const size = 200_000_000;
    const path = sparse("aborted", size);
    const table = createTable([file("f", size, { kind: "disk", path })]);
    const reason = new Error("enough");
    const early = packLayer(table, collecting([], { signal: AbortSignal.abort(reason) }));
    await expect(early).rejects.toBe(reason);
    const controller = new AbortController();
    let written = 0;
    const late = packLayer(table, {
      layerFile: () => "",
      signal: controller.signal,
      async write(bytes) {
        for await (const chunk of bytes) {
          controller.abort(reason);
          written += chunk.length;
        }
        return { digest: sha256("0".repeat(64)), size: written };
      },
    });
    await expect(late).rejects.toBe(reason);
    expect(written).toBeLessThan(1_000_000);
  });

  it("with the writer's error when the writer fails", async () => {
    const size = 50_000_000;
    const path = sparse("unwritten", size);
    const table = createTable([file("f", size, { kind: "disk", path })]);
    const full = new Error("no space");
    const packing = packLayer(table, {
      layerFile: () => "",
      async write(bytes) {
        let seen = 0;
        for await (const chunk of bytes) if ((seen += chunk.length) > 5000) throw full;
        return { digest: sha256("0".repeat(64)), size: seen };
      },
    });
    await expect(packing).rejects.toBe(full);
  });

  it("with a TypeError when the writer leaves bytes behind", async () => {
    const write = () => Promise.resolve({ digest: sha256("0".repeat(64)), size: 0 });
    await expect(packLayer(createTable([folder("a")]), collecting([], { write }))).rejects.toThrow(
      "`write` did not read it to the end",
    );
  });
});
