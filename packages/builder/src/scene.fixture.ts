// For tests: a registry in this process, a store and a context in a temporary folder, and `build` with all of it.
import {
  encodeJson,
  mediaTypes,
  digestOf,
  type Descriptor,
  type ImageConfig,
  parseImageConfig,
  parseManifest,
} from "@tsbuild/oci";
import { createTable, packLayer, type Change } from "@tsbuild/layer";
import { startRegistry, type FaultRule, type RunningRegistry } from "@tsbuild/registry";
import { createRegistryClient, type RegistryClient } from "@tsbuild/registry-client";
import { openLocalStore, readAll, type LocalStore } from "@tsbuild/store";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BuildOptions, BuildResult } from "./build-options.ts";
import { build } from "./build.ts";
import type { ProgressEvent } from "./progress-event.ts";
import { oneChunk } from "./one-chunk.ts";

export interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly context: string;
  readonly registry: RunningRegistry;
  readonly registries: RegistryClient;
  store: LocalStore;
  /** Writes files into the context; parents are made. */
  write(files: Readonly<Record<string, string>>): void;
  /** Builds with what the scene has; `events` are those of this build. */
  build(
    dockerfile: string,
    options?: Partial<BuildOptions>,
  ): Promise<BuildResult & { events: ProgressEvent[] }>;
  /** Pushes a base image with one layer of these changes; gives its name. */
  pushBase(name: string, changes: readonly Change[], config?: ImageConfig["config"]): Promise<string>;
  /** The config of a built image, from the store. */
  config(result: BuildResult): Promise<ImageConfig>;
  /** The layers of a built image, from the store. */
  layers(result: BuildResult): Promise<readonly Descriptor[]>;
}

/** Opens a scene. Retries do not wait, so that a test of faults is quick. */
export async function openScene(faults: readonly FaultRule[] = []): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-scene-"));
  const context = join(folder, "context");
  mkdirSync(context);
  const registry = await startRegistry({ store: join(folder, "registry"), faults });
  const registries = createRegistryClient({ env: {}, retry: { attempts: 2, baseDelayMs: 1, maxDelayMs: 2 } });
  const scene: Scene = {
    folder,
    context,
    registry,
    registries,
    store: await openLocalStore(join(folder, "store")),
    write: (files) => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(context, path)), { recursive: true });
        writeFileSync(join(context, path), text);
      }
    },
    build: async (dockerfileText, options = {}) => {
      const events: ProgressEvent[] = [];
      const report = (event: ProgressEvent): void => void events.push(event);
      const result = await build({
        context,
        dockerfileText,
        store: scene.store,
        registries,
        report,
        ...options,
      });
      return { ...result, events };
    },
    pushBase: async (name, changes, config = {}) => {
      const repository = registries.repository(`${registry.host}/${name}`);
      const layer = await packLayer(createTable(changes), {
        layerFile: () => "",
        write: (bytes) => repository.write(bytes),
      });
      const configBytes = encodeJson({
        architecture: "amd64",
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: [layer.diffId] },
      });
      const describe = (mediaType: string, bytes: Uint8Array): Descriptor => ({
        mediaType,
        digest: digestOf(bytes),
        size: bytes.length,
      });
      const configDescriptor = describe(mediaTypes.ociConfig, configBytes);
      const manifest = encodeJson({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: configDescriptor,
        layers: [layer.descriptor],
      });
      const root = describe(mediaTypes.ociManifest, manifest);
      await repository.write(oneChunk(configBytes), { expected: configDescriptor });
      await repository.write(oneChunk(manifest), { expected: root });
      await repository.tag("1", root);
      return `${registry.host}/${name}:1`;
    },
    config: async (result) => {
      const [image] = result.images;
      if (image === undefined) throw new Error("nothing was built");
      return parseImageConfig(await readAll(scene.store.read(image.config), 1 << 20));
    },
    layers: async (result) => {
      const [image] = result.images;
      if (image === undefined) throw new Error("nothing was built");
      const document = parseManifest(await readAll(scene.store.read(image.manifest), 1 << 20));
      return document.kind === "manifest" ? document.manifest.layers : [];
    },
    [Symbol.asyncDispose]: async () => {
      await registries.close();
      await scene.store[Symbol.asyncDispose]();
      await registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return scene;
}
