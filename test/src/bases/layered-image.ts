// Writes an OCI layout with one image of many layers out of lists of tar members, as odd as a test needs them. By tar-stream,
// independent of the packages under test.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

export interface TarMember {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link" | "fifo" | "character-device" | "block-device";
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly linkname?: string;
  readonly body?: string;
  /** The file that the bytes come from. */
  readonly path?: string;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly xattrs?: Readonly<Record<string, string>>;
}

export interface LayeredImage {
  /** The lowest first. */
  readonly layers: readonly (readonly TarMember[])[];
  readonly folder: string;
  readonly tag: string;
}

export async function writeLayeredImage({ layers, folder, tag }: LayeredImage): Promise<void> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  const write = async (mediaType: string, bytes: Buffer) => {
    const digest = sha256(bytes);
    await writeFile(join(folder, "blobs/sha256", digest), bytes);
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
  };
  const tars = await Promise.all(layers.map(writeTar));
  const descriptors = await Promise.all(
    tars.map((tar) => write("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar, { level: 1 }))),
  );
  const config = await write(
    "application/vnd.oci.image.config.v1+json",
    json({
      created: "2026-01-01T00:00:00Z",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
    }),
  );
  const manifest = await write(
    "application/vnd.oci.image.manifest.v1+json",
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: descriptors,
    }),
  );
  const annotations = { "org.opencontainers.image.ref.name": tag };
  await writeFile(
    join(folder, "index.json"),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  await writeFile(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
}

async function writeTar(members: readonly TarMember[]): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  for (const { name, type = "file", mode, uid = 0, gid = 0, linkname, body = "", path, ...rest } of members) {
    const { devmajor, devminor, xattrs = {} } = rest;
    const header = {
      ...{ name, type, mode, uid, gid, mtime: new Date(1_700_000_000_000) },
      ...(linkname === undefined ? {} : { linkname }),
      ...(devmajor === undefined ? {} : { devmajor, devminor }),
      pax: Object.fromEntries(Object.entries(xattrs).map(([key, value]) => [`SCHILY.xattr.${key}`, value])),
    };
    if (type === "file") tar.entry(header, path === undefined ? body : readFileSync(path));
    else tar.entry(header);
  }
  tar.finalize();
  return bytes;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
