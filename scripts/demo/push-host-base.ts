// Makes the demo's base image with the packages alone and pushes it: entries to a layer, a config and a manifest
// around it, and `copy` to the registry.
import { statSync } from "node:fs";
import { createTable, packLayer, type Change } from "@tsbuild/layer";
import { digestOf, encodeJson, hostPlatform, mediaTypes, type Descriptor } from "@tsbuild/oci";
import { createRegistryClient } from "@tsbuild/registry-client";
import { copy, MemoryStore } from "@tsbuild/store";
import type { HostFiles } from "./host-programs.ts";

const attributes = { uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 };

/** `reference` is where it goes: `127.0.0.1:5000/base:1`. Resolves to the manifest's descriptor. */
export async function pushHostBase(host: HostFiles, reference: string): Promise<Descriptor> {
  const store = new MemoryStore();
  const layer = await packLayer(createTable(listChanges(host)), {
    layerFile: () => {
      throw new Error("Cannot happen: all content is on the disk");
    },
    write: (bytes) => store.write(bytes),
  });
  const config = await writeJson(store, mediaTypes.ociConfig, {
    ...hostPlatform(),
    config: { Env: ["PATH=/bin"], Cmd: ["/bin/sh"] },
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
    history: [{ created_by: "the host's shell and libraries" }],
  });
  const manifest = await writeJson(store, mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer.descriptor],
  });
  const registries = createRegistryClient();
  try {
    const repository = registries.repository(reference);
    await copy(manifest, store, repository);
    await repository.tag("1", manifest);
  } finally {
    await registries[Symbol.asyncDispose]();
  }
  return manifest;
}

function listChanges({ files, links }: HostFiles): Change[] {
  const accounts = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\nhello:x:1000:1000::/:/bin/sh\n",
    "etc/group": "root:x:0:\nhello:x:1000:\n",
  };
  const paths = [...files.keys(), ...links.keys(), ...Object.keys(accounts), "tmp/"];
  const folders = new Set(
    paths.flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, i, parts) => parts.slice(0, i + 1).join("/")),
    ),
  );
  return [
    ...[...folders].map((path): Change => ({
      kind: "put",
      entry: { kind: "directory", path, mode: path === "tmp" ? 0o1777 : 0o755, ...attributes },
    })),
    ...[...files].map(([path, source]): Change => ({
      kind: "put",
      entry: {
        kind: "file",
        path,
        mode: 0o755,
        ...attributes,
        size: statSync(source).size,
        content: { kind: "disk", path: source },
      },
    })),
    ...[...links].map(([path, target]): Change => ({
      kind: "put",
      entry: { kind: "symlink", path, target, mode: 0o777, ...attributes },
    })),
    ...Object.entries(accounts).map(([path, text]): Change => {
      const bytes = Buffer.from(text);
      return {
        kind: "put",
        entry: {
          kind: "file",
          path,
          mode: 0o644,
          ...attributes,
          size: bytes.length,
          content: { kind: "bytes", bytes },
        },
      };
    }),
  ];
}

async function writeJson(store: MemoryStore, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = encodeJson(value);
  const digest = digestOf(bytes);
  const source = async function* (): AsyncIterable<Uint8Array> {
    yield bytes;
  };
  await store.write(source(), { expected: { digest, size: bytes.length, mediaType } });
  return { mediaType, digest, size: bytes.length };
}
