// Keeps what takes long to make under `.cache` of the checkout, in a folder named for its recipe: a changed recipe is
// made anew, and an interrupted one is never taken for whole.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const cacheRoot: string = join(import.meta.dirname, "../../../.cache");

export interface Recipe {
  readonly name: string;
  /** All that decides the result. */
  readonly ingredients: unknown;
  /** Fills the folder. */
  readonly make: (folder: string) => Promise<void>;
}

/** The folder that `make` has filled, now or earlier. */
export async function findOrMake({ name, ingredients, make }: Recipe): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(ingredients)).digest("hex").slice(0, 12);
  const folder = join(cacheRoot, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheRoot, { recursive: true });
  const partial = await mkdtemp(join(cacheRoot, `${name}-partial-`));
  try {
    await make(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
