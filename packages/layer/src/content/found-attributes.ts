// The extended attributes that were found below a folder, as many as memory is meant for: a build has them at hand all at
// once, and whoever writes files can give each of them 64 KiB and more.
import { LayerError } from "../layer-error.ts";

export interface AttributeLimit {
  /** For messages. */
  readonly folder: string;
  /** Of paths, names and values together. */
  readonly limitBytes: number;
}

export const defaultAttributeBytes: number = 256 * 1024 * 1024;

export class FoundAttributes {
  readonly byPath = new Map<string, Map<string, Uint8Array>>();
  readonly #limit: AttributeLimit;
  #bytes = 0;

  constructor(limit: AttributeLimit) {
    this.#limit = limit;
  }

  /** @throws {LayerError} `ATTRIBUTES_LIMIT` */
  add(path: string, name: string, value: Uint8Array): void {
    let values = this.byPath.get(path);
    if (values === undefined) {
      this.#count(path.length);
      this.byPath.set(path, (values = new Map()));
    }
    this.#count(name.length + value.length);
    values.set(name, value);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    const { folder, limitBytes } = this.#limit;
    if (this.#bytes <= limitBytes) return;
    const reason = `there are more than ${limitBytes} bytes of them`;
    throw new LayerError(
      "ATTRIBUTES_LIMIT",
      `Cannot read extended attributes below ${JSON.stringify(folder)}: ${reason}; ` +
        "remove those that the image does not need (getfattr -R -d -m - lists them, setfattr -x removes one)",
      { facts: { path: folder, limit: limitBytes, reason } },
    );
  }
}
