// Extended attributes of an upper folder, told apart: those that belong into the image, and those by which overlayfs keeps
// its books. Which of the two `user.overlay.opaque` is depends on how the overlay was mounted: a process may set it too.
import { Buffer } from "node:buffer";
import { decodeName, readAttributes } from "@tsbuild/layer";
import { missingTool } from "../tools/missing-tool.ts";
import { changesUnreadable } from "./changes-unreadable.ts";

/** Reads the attributes of everything below a folder, by path in it; undefined when this machine has no program for it. */
export type AttributeReader = (
  folder: string,
  options: { readonly names: string; readonly signal?: AbortSignal },
) => Promise<ReadonlyMap<string, ReadonlyMap<string, Uint8Array>> | undefined>;

export interface EntryAttributes {
  /** Whether the folder hides what lower layers have below it. */
  readonly isOpaque: boolean;
  /** What the image has; absent when there is nothing. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

export interface UpperAttributesOptions {
  /** How the overlay named its own. */
  readonly flavour: "trusted" | "user";
  readonly signal?: AbortSignal | undefined;
  readonly readAttributes?: AttributeReader;
}

const wanted = "^(user\\.|trusted\\.|security\\.capability$|system\\.posix_acl_(access|default)$)";
const overlayNames = ["trusted.overlay.", "user.overlay."];
const nothing: EntryAttributes = { isOpaque: false };

/** No path that getfattr builds may be longer; a name has 255 bytes at most. */
const longestPath = 4095;
const longestName = 255;

export class UpperAttributes {
  readonly #upper: string;
  readonly #own: string;
  readonly #read: AttributeReader;
  readonly #signal: AbortSignal | undefined;
  readonly #found = new Map<string, EntryAttributes>();
  /** Folders that getfattr was started in, each below the one before. */
  readonly #starts: string[] = [];

  constructor(upper: string, options: UpperAttributesOptions) {
    this.#upper = upper;
    this.#own = `${options.flavour}.overlay.`;
    this.#read = options.readAttributes ?? readAttributes;
    this.#signal = options.signal;
  }

  /**
   * Reads those of the whole tree, as far down as getfattr can reach.
   * @throws {SandboxError} `TOOL_MISSING`, or `CHANGES_UNREADABLE` for an attribute that no layer can have
   */
  async readAll(): Promise<void> {
    await this.#readFrom("", this.#upper);
  }

  /** To be called for each folder on the way down; reads again where what is in it was out of reach so far. */
  async readFarDown(folder: string, diskPath: () => string | Buffer): Promise<void> {
    if (3 * folder.length + 2 * longestName < longestPath) return;
    let start = this.#starts.at(-1) ?? "";
    while (start !== "" && !folder.startsWith(`${start}/`)) {
      this.#starts.pop();
      start = this.#starts.at(-1) ?? "";
    }
    // The folder where getfattr starts is named in its paths too.
    const reached = Buffer.byteLength(folder) - Buffer.byteLength(start) + longestName;
    if (reached + 1 + longestName < longestPath) return;
    this.#starts.push(folder);
    const path = diskPath();
    await this.#readFrom(folder, typeof path === "string" ? path : decodeName(path));
  }

  of(path: string): EntryAttributes {
    return this.#found.get(path) ?? nothing;
  }

  async #readFrom(path: string, diskPath: string): Promise<void> {
    const options = { names: wanted, ...(this.#signal === undefined ? {} : { signal: this.#signal }) };
    const attributes = await this.#read(diskPath, options);
    if (attributes === undefined) throw missingTool("getfattr", "read the attributes of changed files");
    for (const [below, values] of attributes) {
      const full = path === "" || below === "" ? path + below : `${path}/${below}`;
      const kept = this.#tellApart(full, values);
      if (kept !== nothing) this.#found.set(full, kept);
    }
  }

  #tellApart(path: string, values: ReadonlyMap<string, Uint8Array>): EntryAttributes {
    let isOpaque = false;
    let xattrs: Map<string, Uint8Array> | undefined;
    for (const [name, value] of values) {
      if (name.startsWith(this.#own)) {
        if (this.#isOpaqueMark(path, name, value)) isOpaque = true;
      } else if (overlayNames.some((prefix) => name.startsWith(prefix))) {
        throw reservedAttribute(path, name);
      } else {
        (xattrs ??= new Map()).set(name, value);
      }
    }
    if (xattrs !== undefined) return { isOpaque, xattrs };
    return isOpaque ? { isOpaque } : nothing;
  }

  #isOpaqueMark(path: string, name: string, value: Uint8Array): boolean {
    switch (name.slice(this.#own.length)) {
      case "opaque":
        return value.length === 1 && value[0] === 0x79; // "y"; "x" says something else
      // The file's bytes, or the folder's, would be somewhere else: the overlay was mounted so that these don't occur.
      case "metacopy":
      case "redirect":
      case "whiteout":
        throw changesUnreadable(path, `overlayfs has written ${name}, which it was told not to use`);
      // Origin, impure, uuid and others: hints for the same mount. What a process calls by such a name gets one more prefix.
      default:
        if (name.startsWith("overlay.", this.#own.length)) throw reservedAttribute(path, name);
        return false;
    }
  }
}

/** Unpacked again, such a layer could hide files or show others. */
function reservedAttribute(path: string, name: string): Error {
  return changesUnreadable(
    path,
    `overlayfs keeps attributes like ${name} to itself; remove it (setfattr -x)`,
  );
}
