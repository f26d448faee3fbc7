// Names for descriptors, one small file each, so that two processes never write the same file for two names.
// A file's name is the tag's with everything but lower-case letters, digits, ".", "_" and "-" escaped: file
// systems that ignore case, or normalise Unicode, still tell tags apart.
import type { Descriptor } from "@tsbuild/oci";
import { digestHex, digestOf, encodeJson, parseDescriptor, parseJson } from "@tsbuild/oci";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TagReader, TagWriter } from "./blob-store.ts";
import { fileCalls, replaceFile } from "./files.ts";
import { StoreError, storeFailure, systemCode } from "./store-error.ts";

export interface Tag {
  name: string;
  descriptor: Descriptor;
}

const longestEscaped = 200;

/** The tags of a local store. Every change is atomic and durable. */
export class Tags implements TagReader, TagWriter {
  readonly #folder: string;
  readonly #temporaryPath: () => Promise<string>;

  constructor(folder: string, temporaryPath: () => Promise<string>) {
    this.#folder = folder;
    this.#temporaryPath = temporaryPath;
  }

  async resolve(name: string): Promise<Descriptor | undefined> {
    return (await readTag(join(this.#folder, tagFileName(name))))?.descriptor;
  }

  async tag(name: string, target: Descriptor): Promise<void> {
    const path = join(this.#folder, tagFileName(name));
    try {
      await replaceFile(path, await this.#temporaryPath(), encodeJson({ name, target }), fileCalls);
    } catch (error) {
      throw storeFailure(error, `tag ${JSON.stringify(name)}`, { path });
    }
  }

  /** Forgets the name; false when it was not there. The blobs stay. */
  async untag(name: string): Promise<boolean> {
    const path = join(this.#folder, tagFileName(name));
    try {
      await rm(path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return false;
      throw storeFailure(error, `untag ${JSON.stringify(name)}`, { path });
    }
    await fileCalls.syncFolder(this.#folder);
    return true;
  }

  /** All tags, sorted by name. */
  async list(): Promise<Tag[]> {
    const files = await readdir(this.#folder);
    const tags = await Promise.all(files.map((file) => readTag(join(this.#folder, file))));
    const compare = (a: Tag, b: Tag) => (a.name < b.name ? -1 : Number(a.name > b.name));
    return tags.filter((tag) => tag !== undefined).sort(compare);
  }
}

/** Escapes so that no two names share a file, whatever the file system; too long a name becomes its hash. */
function tagFileName(name: string): string {
  if (name === "" || !name.isWellFormed())
    throw new TypeError("Cannot use a tag that is empty or not well-formed Unicode");
  const escape = (byte: number) => `%${byte.toString(16).padStart(2, "0")}`;
  const escaped = [...Buffer.from(name)]
    .map((byte) => (/[a-z0-9._-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escape(byte)))
    .join("")
    .replace(/^\./, escape(0x2e));
  return escaped.length <= longestEscaped ? escaped : `%${digestHex(digestOf(name))}`;
}

async function readTag(path: string): Promise<Tag | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw storeFailure(error, "read a tag", { path });
  }
  try {
    const value = parseJson(bytes, 8 << 20);
    if (
      value === null ||
      typeof value !== "object" ||
      Array.isArray(value) ||
      typeof value["name"] !== "string"
    )
      throw new TypeError("it has no name");
    return { name: value["name"], descriptor: parseDescriptor(encodeJson(value["target"])) };
  } catch (cause) {
    const message = `Cannot read the tag in ${path}: it is damaged; remove the file and tag again`;
    throw new StoreError("TAG_INVALID", message, { path }, { cause });
  }
}
