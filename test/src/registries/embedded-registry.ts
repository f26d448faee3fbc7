// The embedded registry with a small image in it, for tests of what happens when a registry misbehaves: it can be told
// to. Needs nothing but Node.
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startRegistry, type RegistryOptions, type RunningRegistry } from "@tsbuild/registry";
import { anonymous, createRegistryClient, type CredentialSource } from "@tsbuild/registry-client";
import { copy, MemoryStore, openOciLayout } from "@tsbuild/store";
import { pack } from "tar-stream";
import { writeSingleLayerImage } from "../bases/single-layer-image.ts";
import { makeTemporaryFolder, type TemporaryFolder } from "../machine/temporary-folder.ts";

export interface EmbeddedRegistry extends AsyncDisposable {
  readonly temporary: TemporaryFolder;
  readonly registry: RunningRegistry;
  /** An image of one layer with these files. Resolves to its reference, `127.0.0.1:PORT/name:1`. */
  pushImage(name: string, files: Readonly<Record<string, string>>): Promise<string>;
}

export interface EmbeddedRegistryOptions extends Omit<RegistryOptions, "store"> {
  readonly credentials?: CredentialSource;
}

export async function openEmbeddedRegistry(
  purpose: string,
  { credentials = anonymous, ...options }: EmbeddedRegistryOptions = {},
): Promise<EmbeddedRegistry> {
  const temporary = await makeTemporaryFolder(purpose);
  const registry = await startRegistry({ ...options, store: new MemoryStore() });
  const registries = createRegistryClient({ credentials });
  return {
    temporary,
    registry,
    pushImage: async (name, files) => {
      const folder = join(temporary.path, `layout-${name}`);
      const tar = join(temporary.path, `${name}.tar`);
      await writeTar(tar, files);
      await writeSingleLayerImage({ tar, config: { Cmd: ["/bin/sh"] }, folder, tag: "1" });
      const layout = await openOciLayout(folder);
      const root = await layout.resolve("1");
      if (root === undefined) throw new Error(`Cannot push ${name}: its layout has no tag`);
      const repository = registries.repository(`${registry.host}/${name}`);
      await copy(root, layout, repository);
      await repository.tag("1", root);
      return `${registry.host}/${name}:1`;
    },
    [Symbol.asyncDispose]: async () => {
      await registries[Symbol.asyncDispose]();
      await registry.close();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

async function writeTar(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name, mtime: new Date(0) }, text);
  archive.finalize();
  await pipeline(archive, createWriteStream(path));
}
