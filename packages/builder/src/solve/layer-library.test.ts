import { createTable, packLayer } from "@tsbuild/layer";
import { createRegistryClient } from "@tsbuild/registry-client";
import { openLocalStore, type LocalStore } from "@tsbuild/store";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LayerLibrary } from "./layer-library.ts";
import type { Layer } from "./layer.ts";

const root = mkdtempSync(join(tmpdir(), "layer-library-"));
const registries = createRegistryClient({ env: {} });
afterAll(async () => {
  await registries.close();
  rmSync(root, { recursive: true, force: true });
});

const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };

async function addLayer(store: LocalStore, text: string): Promise<Layer> {
  const bytes = Buffer.from(text);
  const content = { kind: "bytes", bytes } as const;
  const entry = { path: "f", kind: "file", size: bytes.length, content, ...attributes } as const;
  return packLayer(createTable([{ kind: "put", entry }]), {
    layerFile: () => "",
    write: (chunks) => store.write(chunks),
  });
}

describe("LayerLibrary", () => {
  it("lets no image plant its bytes under the name of another one's layer", async () => {
    const store = await openLocalStore(join(root, "store"));
    const honest = await addLayer(store, "good");
    const other = await addLayer(store, "evil");
    const open = () => new LayerLibrary({ store, registries });
    await open().table(honest);

    const claimed = { ...other, diffId: honest.diffId };
    await expect(open().file(claimed)).rejects.toThrow(
      `Cannot use the layer ${other.descriptor.digest}: its content is ${other.diffId}, the image's config says ${honest.diffId}`,
    );
    expect(readFileSync(await open().file(honest), "utf8")).toContain("good");
  });

  it("unpacks a layer of its own however well it was compressed, and no one else's", async () => {
    const store = await openLocalStore(join(root, "zeros"));
    const zeros = await addLayer(store, "\0".repeat(1_000_000));
    const limits = { maxRatio: 10, ratioFreeBytes: 1000 };
    await expect(new LayerLibrary({ store, registries, limits }).file(zeros)).rejects.toThrow(
      /Cannot use the layer .*: they unfold to more than 10 times their size/,
    );
    await new LayerLibrary({ store, registries }).table(zeros);
    const path = await new LayerLibrary({ store, registries, limits }).file(zeros);
    expect(readFileSync(path).length).toBeGreaterThan(1_000_000);
  });
});
