// Writes an OCI layout with one image of one gzip layer, out of a tar that another tool made. Independent of the
// packages under test on purpose: what they pull must not have been written by themselves.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

export interface SingleLayerImage {
  /** An uncompressed tar of the root filesystem. */
  readonly tar: string;
  /** The image's `config` object. */
  readonly config: object;
  /** Where the layout is made. */
  readonly folder: string;
  readonly tag: string;
}

interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export async function writeSingleLayerImage({ tar, config, folder, tag }: SingleLayerImage): Promise<void> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  const { layer, diffId } = await writeLayer(tar, folder);
  const configBlob = await writeJson(folder, "application/vnd.oci.image.config.v1+json", {
    created: "2026-01-01T00:00:00Z",
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: "2026-01-01T00:00:00Z", created_by: "test base" }],
  });
  const manifest = await writeJson(folder, "application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: configBlob,
    layers: [layer],
  });
  const index = {
    schemaVersion: 2,
    manifests: [{ ...manifest, annotations: { "org.opencontainers.image.ref.name": tag } }],
  };
  await writeFile(join(folder, "index.json"), JSON.stringify(index));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

async function writeLayer(tar: string, folder: string): Promise<{ layer: BlobDescriptor; diffId: string }> {
  const temporary = join(folder, "layer.partial");
  const [uncompressed, compressed] = [createHash("sha256"), createHash("sha256")];
  await pipeline(
    createReadStream(tar, { highWaterMark: 1 << 20 }),
    observe((chunk) => uncompressed.update(chunk)),
    createGzip({ level: 4, chunkSize: 1 << 18 }),
    observe((chunk) => compressed.update(chunk)),
    createWriteStream(temporary),
  );
  const digest = compressed.digest("hex");
  const { size } = await stat(temporary);
  await rename(temporary, join(folder, "blobs/sha256", digest));
  const layer = {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: `sha256:${digest}`,
    size,
  };
  return { layer, diffId: `sha256:${uncompressed.digest("hex")}` };
}

function observe(look: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      look(chunk);
      done(null, chunk);
    },
  });
}

async function writeJson(folder: string, mediaType: string, value: object): Promise<BlobDescriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(folder, "blobs/sha256", digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}
