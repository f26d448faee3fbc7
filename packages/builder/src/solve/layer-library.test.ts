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
});
