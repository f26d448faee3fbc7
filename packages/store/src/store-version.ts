// The format of a store, in its file `version`: two versions of tsbuild on one store agree, or say so.
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileCalls, makeFolder, replaceFile } from "./files.ts";
import { StoreError, systemCode } from "./store-error.ts";

const storeVersion = 1;

/**
 * Makes the folder a store of this version, or checks that it is one.
 *
 * @throws {StoreError} `STORE_VERSION` when it is another version's, or a folder with other things in it
 */
export async function ensureStoreVersion(root: string): Promise<void> {
  await makeFolder(root, 0o700);
  const text = (await readVersion(root)) ?? (await createVersion(root));
  const version = /^\d{1,9}\n?$/.test(text) ? Number(text) : undefined;
  if (version === storeVersion) return;
  if (version !== undefined && version > storeVersion)
    throw refused(
      root,
      `it has format ${version}, made by a newer tsbuild; this one knows format ${storeVersion}: ` +
        "upgrade, or give another folder",
    );
  throw refused(
    root,
    `its file "version" says neither ${storeVersion} nor anything newer: give another folder`,
  );
}

async function readVersion(root: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, "version"), "latin1");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Two processes may do this at once: both write the same. */
async function createVersion(root: string): Promise<string> {
  const strangers = (await readdir(root)).filter((name) => !name.startsWith("version"));
  if (strangers.length > 0) {
    const meanwhile = await readVersion(root);
    if (meanwhile !== undefined) return meanwhile;
    throw refused(root, 'it is not empty and has no file "version": give an empty folder');
  }
  const temporary = join(root, `version.${randomBytes(6).toString("hex")}`);
  await replaceFile(join(root, "version"), temporary, Buffer.from(`${storeVersion}\n`), fileCalls);
  return String(storeVersion);
}

function refused(root: string, reason: string): StoreError {
  return new StoreError("STORE_VERSION", `Cannot open store ${root}: ${reason}`, { path: root });
}
