// What neighbours share (mode and owner, the folder or the layer of their contents) is looked up in the pool once
// for all of them: a look-up costs as much as all the rest of adding a row.
import type { NamePool } from "./name-pool.ts";
import { packAttributes } from "./packed-values.ts";
import type { SharedAttributes } from "./packed-values.ts";

/** Interns values of which the next is likely to be the same. */
export class SharedInterner {
  readonly #names: NamePool;
  #mode = -1;
  #uid = 0;
  #gid = 0;
  #attributesId = 0;
  #text = "";
  #textId = 0;

  constructor(names: NamePool) {
    this.#names = names;
  }

  /** The id of these attributes, packed. */
  internAttributes(attributes: SharedAttributes): number {
    const { mode, uid, gid, xattrs } = attributes;
    if (xattrs !== undefined && xattrs.size > 0) return this.#names.internBytes(packAttributes(attributes));
    if (mode !== this.#mode || uid !== this.#uid || gid !== this.#gid) {
      this.#attributesId = this.#names.internBytes(packAttributes(attributes));
      [this.#mode, this.#uid, this.#gid] = [mode, uid, gid];
    }
    return this.#attributesId;
  }

  /** The id of this text. */
  internText(text: string): number {
    if (text !== this.#text) {
      this.#textId = this.#names.intern(text);
      this.#text = text;
    }
    return this.#textId;
  }
}
