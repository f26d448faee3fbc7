// Finds files that are named for a digest and do not have it: what a killed process must never leave behind.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** `<folder>/blobs/sha256/<hex>`: the local store and OCI layouts. */
export function findFalseBlobs(folder: string): Promise<string[]> {
  const blobs = join(folder, "blobs/sha256");
  return findFalse(existsSync(blobs) ? readdirSync(blobs).map((name) => join(blobs, name)) : [], (path) =>
    basename(path),
  );
}

/** `docker/registry/v2/blobs/sha256/ab/<hex>/data`: Debian's registry. */
export function findFalseBlobsOfRegistry(dataFolder: string): Promise<string[]> {
  const blobs = join(dataFolder, "docker/registry/v2/blobs/sha256");
  const files = existsSync(blobs) ? readdirSync(blobs, { recursive: true, encoding: "utf8" }) : [];
  const data = files.filter((name) => basename(name) === "data").map((name) => join(blobs, name));
  return findFalse(data, (path) => basename(dirname(path)));
}

async function findFalse(paths: readonly string[], expected: (path: string) => string): Promise<string[]> {
  const wrong: string[] = [];
  for (const path of paths) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    if (hash.digest("hex") !== expected(path)) wrong.push(path);
  }
  return wrong;
}
