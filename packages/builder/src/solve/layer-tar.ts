// The uncompressed tar of a layer, kept in the store: slices of it go into new layers without another look, so it has to
// be what its name says. It is hashed when it is made, and again whenever it is not the very file that was hashed
// before: a store that was restored from a CI cache, or was written to by somebody.
import { createHasher, digestAlgorithm, digestHex, digestOf, encodeJson, type Digest } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";
import type { BigIntStats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

const pieceBytes = 1024 * 1024;

/** The path of the tar of `diffId`. `inflate` makes it at the path given, verified, when the store has no sound one. */
export async function keepLayerTar(
  store: LocalStore,
  diffId: Digest,
  inflate: (path: string) => Promise<void>,
): Promise<string> {
  const found = await findLayerTar(store, diffId);
  if (found !== undefined) return found;
  const path = await store.derived.make("tar", digestHex(diffId), inflate);
  const file = await open(path, "r");
  try {
    await store.records.add(identitiesOf(diffId), identityOf(await file.stat({ bigint: true })));
  } finally {
    await file.close();
  }
  return path;
}

/** The path of the tar when the store has a sound one. */
export async function findLayerTar(store: LocalStore, diffId: Digest): Promise<string | undefined> {
  const name = digestHex(diffId);
  const found = await store.derived.find("tar", name);
  if (found === undefined) return undefined;
  const damaged = await findDamage(store, diffId, found);
  if (damaged === undefined) return found;
  await store.derived.remove("tar", name, damaged);
  return undefined;
}

/** The inode of the file when its bytes are not those of `diffId`. */
async function findDamage(store: LocalStore, diffId: Digest, path: string): Promise<bigint | undefined> {
  const file = await open(path, "r");
  try {
    const stats = await file.stat({ bigint: true });
    const identity = identityOf(stats);
    const known = await store.records.list(identitiesOf(diffId));
    if (known.some((one) => Buffer.compare(one, identity) === 0)) return undefined;
    if ((await hashFile(file, diffId)) !== diffId) return stats.ino;
    await store.records.add(identitiesOf(diffId), identity);
    return undefined;
  } finally {
    await file.close();
  }
}

function identitiesOf(diffId: Digest): Digest {
  return digestOf(`sound tar of ${diffId}`);
}

/** Whoever writes to a file changes its ctime, and nobody can set that. */
function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Uint8Array {
  return encodeJson([dev, ino, size, mtimeNs, ctimeNs].map(String));
}

async function hashFile(file: FileHandle, expected: Digest): Promise<Digest> {
  const hasher = createHasher(digestAlgorithm(expected));
  const buffer = Buffer.allocUnsafeSlow(pieceBytes);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return hasher.digest();
    hasher.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
