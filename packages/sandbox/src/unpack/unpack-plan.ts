// Looks through a layer's table once: what has to be made, in which order, and whether it may be made at all. Nothing is
// on disk yet when a layer is refused.
import { setImmediate } from "node:timers/promises";
import type { Entry } from "@tsbuild/layer";
import type { Digest } from "@tsbuild/oci";
import { attributeFate } from "./attribute-rules.ts";
import { SliceList } from "./slice-list.ts";
import { cannotUnpack } from "./unpack-failure.ts";
import type { UnpackLayerOrder } from "./unpack-work.ts";

/** How many rows are looked at in one turn of the event loop. */
const rowsPerTurn = 8192;

/** Rows of the table by what is done with them, each list in table order. */
export interface UnpackPlan {
  readonly folders: number[];
  readonly symlinks: number[];
  /** Devices and fifos. */
  readonly nodes: number[];
  readonly whiteouts: number[];
  /** Files that are empty, or whose bytes are in the table. */
  readonly smallFiles: number[];
  /** Other files, by the layer that their bytes are in. */
  readonly slices: ReadonlyMap<Digest, SliceList>;
  readonly hardLinks: number[];
  /** Entries with extended attributes to set, and opaque folders. */
  readonly attributes: number[];
  /** Devices that this user cannot make, nor further names of them. */
  readonly omittedDevices: number[];
  /** Attributes that are not set: how many entries have them, and the first of those. */
  readonly omittedAttributes: ReadonlyMap<string, { readonly path: string; count: number }>;
}

/** @throws {SandboxError} `UNPACK_FAILED` for what must not come out of an image */
export async function planUnpack(order: UnpackLayerOrder): Promise<UnpackPlan> {
  const planner = new Planner(order);
  for (let row = 0; row < order.changes.length; row++) {
    planner.add(row);
    if (row % rowsPerTurn !== rowsPerTurn - 1) continue;
    await setImmediate();
    order.signal?.throwIfAborted();
  }
  return planner.plan;
}

class Planner {
  readonly #order: UnpackLayerOrder;
  readonly #slices = new Map<Digest, SliceList>();
  readonly #omittedAttributes = new Map<string, { path: string; count: number }>();
  /** The folders above the row before, from the root on, and whether lower layers can show through in them. */
  readonly #parents = [{ path: "", isOpaque: false }];
  readonly plan: UnpackPlan;

  constructor(order: UnpackLayerOrder) {
    this.#order = order;
    this.plan = {
      folders: [],
      symlinks: [],
      nodes: [],
      whiteouts: [],
      smallFiles: [],
      slices: this.#slices,
      hardLinks: [],
      attributes: [],
      omittedDevices: [],
      omittedAttributes: this.#omittedAttributes,
    };
  }

  add(row: number): void {
    const { changes } = this.#order;
    const change = changes.at(row);
    const path = change.kind === "put" ? change.entry.path : change.path;
    const parent = this.#findParent(path);
    const isOpaque = parent.isOpaque || changes.isOpaque(row);
    if (isOpaque && !parent.isOpaque) this.plan.attributes.push(row);
    switch (change.kind) {
      case "remove":
        // Where nothing shows through, the overlay would list the whiteout as a name that nobody can open.
        if (!isOpaque) this.plan.whiteouts.push(row);
        return;
      case "clear":
        if (path !== "")
          throw cannotUnpack(path, "its layer clears a folder that the index does not describe");
        parent.isOpaque = isOpaque;
        return;
      case "put":
        this.#checkOwner(change.entry);
        if (path === "") parent.isOpaque = isOpaque;
        else if (change.entry.kind === "directory") this.#parents.push({ path, isOpaque });
        this.#addEntry(row, change.entry);
        if (change.entry.xattrs !== undefined) this.#addAttributes(row, change.entry, change.entry.xattrs);
    }
  }

  /** Whatever is made later is made in a folder of ours: a symbolic link on the way would lead out of the root. */
  #findParent(path: string): { readonly path: string; isOpaque: boolean } {
    const wanted = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    for (;;) {
      const parent = this.#parents.at(-1);
      if (parent === undefined) throw cannotUnpack(path, "the index has no folder that it lies in");
      if (parent.path === wanted) return parent;
      this.#parents.pop();
    }
  }

  /** For chown(2) this id means "leave it as it is": the file would be root's. */
  #checkOwner({ path, uid, gid }: Entry): void {
    if (uid === 0xffffffff || gid === 0xffffffff)
      throw cannotUnpack(path, "its owner is 4294967295, which Linux has no owner for");
  }

  #addEntry(row: number, entry: Entry): void {
    const { plan } = this;
    switch (entry.kind) {
      case "directory":
        plan.folders.push(row);
        return;
      case "file":
        this.#addFile(row, entry);
        return;
      case "symlink":
        if (entry.target === "") throw cannotUnpack(entry.path, "it is a symbolic link to nothing");
        plan.symlinks.push(row);
        return;
      case "hardlink":
        plan.hardLinks.push(row);
        return;
      case "device":
        checkDevice(entry);
        if (this.#order.isRoot) plan.nodes.push(row);
        else plan.omittedDevices.push(row);
        return;
      case "fifo":
        plan.nodes.push(row);
    }
  }

  #addFile(row: number, { path, size, content }: Entry & { kind: "file" }): void {
    switch (content.kind) {
      case "bytes":
        if (content.bytes.length !== size)
          throw cannotUnpack(path, `the index gives it ${size} bytes and holds ${content.bytes.length}`);
        this.plan.smallFiles.push(row);
        return;
      case "slice": {
        const length = content.sparse?.reduce((sum, region) => sum + region.length, 0) ?? size;
        if (length === 0) {
          this.plan.smallFiles.push(row);
          return;
        }
        let list = this.#slices.get(content.layer);
        if (list === undefined) this.#slices.set(content.layer, (list = this.#openList(path, content.layer)));
        list.add(row, content.offset, length);
        return;
      }
      case "disk":
        throw cannotUnpack(path, "its content is not in a layer");
    }
  }

  #openList(path: string, layer: Digest): SliceList {
    const { tars, source } = this.#order;
    if (!tars.has(layer) && source?.diffId !== layer)
      throw cannotUnpack(path, `its content is in layer ${layer}, which is not at hand`);
    return new SliceList();
  }

  #addAttributes(row: number, entry: Entry, xattrs: ReadonlyMap<string, Uint8Array>): void {
    const { kind, path } = entry;
    let isWanted = false;
    for (const name of xattrs.keys()) {
      switch (attributeFate(name, { kind, isRoot: this.#order.isRoot })) {
        case "set":
          isWanted ||= kind !== "hardlink";
          break;
        case "leave out": {
          const seen = this.#omittedAttributes.get(name);
          if (seen === undefined) this.#omittedAttributes.set(name, { path, count: 1 });
          else seen.count++;
          break;
        }
        case "refuse":
          throw cannotUnpack(
            path,
            `its attribute ${name} is the overlay's own, and no image may set it; take it out of the image`,
          );
      }
    }
    if (isWanted && this.plan.attributes.at(-1) !== row) this.plan.attributes.push(row);
  }
}

/** The device 0:0 is the overlay's whiteout, and numbers that are too large would be cut to others. */
function checkDevice(entry: Entry & { kind: "device" }): void {
  const { path, type, major, minor } = entry;
  if (type === "char" && major === 0 && minor === 0)
    throw cannotUnpack(
      path,
      "the device 0:0 would hide a file of the layers below; take it out of the image",
    );
  if (major >= 2 ** 12 || minor >= 2 ** 20) throw cannotUnpack(path, `Linux has no device ${major}:${minor}`);
}
