// The store's unpacked layers of one flavour: a name appears when a whole folder is renamed to it. Mounts know them by
// short links, since all names together must fit into one page of options.
import { lstatSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";

export class UnpackedLayers {
  readonly folder: string;
  readonly #links = new Map<string, string>();

  readonly #linkFolder: string;

  /** Both folders are made. */
  constructor(folder: string, linkFolder: string) {
    this.folder = folder;
    this.#linkFolder = linkFolder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(linkFolder);
  }

  has(name: string): boolean {
    return lstatSync(this.path(name), { throwIfNoEntry: false })?.isDirectory() === true;
  }

  /** The name of a link to it: few characters, and harmless ones. */
  link(name: string): string {
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    const link = this.#links.size.toString(36);
    symlinkSync(this.path(name), join(this.#linkFolder, link));
    this.#links.set(name, link);
    return link;
  }

  linkPath(link: string): string {
    return join(this.#linkFolder, link);
  }

  /** Makes a folder the unpacked form of this name; false when there is one, and the folder stays where it is. */
  adopt(folder: string, name: string): boolean {
    try {
      renameSync(folder, this.path(name));
      return true;
    } catch (error) {
      if (this.has(name)) return false;
      throw error;
    }
  }

  /** Where it is, or will be. */
  path(name: string): string {
    if (!/^(chain-)?[0-9a-f]{64,128}$/.test(name))
      throw new TypeError(`Not the name of an unpacked layer: ${name}`);
    return join(this.folder, name);
  }
}
