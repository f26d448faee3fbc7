// A layer from a literal, for tests and examples: `{ "bin/": {}, "bin/sh": "#!", "lib": "-> usr/lib" }`.
import {
  createTable,
  EntryTable,
  type Attributes,
  type Change,
  type Content,
  type Entry,
} from "@tsbuild/layer";

/** What to put at a path, besides what its text says. */
export type EntryLiteral = Partial<Attributes> & {
  /** Text or bytes of a file; default empty. */
  readonly text?: string | Uint8Array;
  readonly content?: Content;
  readonly size?: number;
  readonly symlink?: string;
  readonly hardlink?: string;
  readonly device?: readonly ["char" | "block", number, number];
  readonly fifo?: boolean;
};

/**
 * By path. A path that ends in a slash is a folder. A string is a file's text, or `-> target` a symbolic link,
 * `=> target` a hard link, `whiteout` a removal; for a folder, `opaque` hides what lower layers have in it.
 */
export type LayerLiteral = Readonly<Record<string, string | EntryLiteral>>;

/** The layer's table. Modes default to 0755 for folders, 0777 for links, 0644 for the rest; owners and times to 0. */
export function layerOf(literal: LayerLiteral): EntryTable {
  return createTable(Object.entries(literal).flatMap(([path, value]) => changesOf(path, value)));
}

function changesOf(written: string, value: string | EntryLiteral): Change[] {
  const isFolder = written === "" || written.endsWith("/");
  const path = written.replace(/\/$/u, "");
  if (value === "whiteout") return [{ kind: "remove", path }];
  if (value === "opaque") {
    return [
      { kind: "put", entry: entryOf(path, {}, true) },
      { kind: "clear", path },
    ];
  }
  return [
    { kind: "put", entry: entryOf(path, typeof value === "string" ? readText(value) : value, isFolder) },
  ];
}

function readText(value: string): EntryLiteral {
  if (value.startsWith("-> ")) return { symlink: value.slice(3) };
  if (value.startsWith("=> ")) return { hardlink: value.slice(3) };
  return { text: value };
}

function entryOf(path: string, literal: EntryLiteral, isFolder: boolean): Entry {
  const { text = "", symlink, hardlink, device, fifo } = literal;
  const { mode = isFolder ? 0o755 : symlink === undefined ? 0o644 : 0o777 } = literal;
  const { uid = 0, gid = 0, mtimeSec = 0, mtimeNsec = 0, xattrs } = literal;
  const attributes = {
    path,
    mode,
    uid,
    gid,
    mtimeSec,
    mtimeNsec,
    ...(xattrs === undefined ? {} : { xattrs }),
  };
  if (isFolder) return { ...attributes, kind: "directory" };
  if (symlink !== undefined) return { ...attributes, kind: "symlink", target: symlink };
  if (hardlink !== undefined) return { ...attributes, kind: "hardlink", target: hardlink };
  if (device !== undefined) {
    return { ...attributes, kind: "device", type: device[0], major: device[1], minor: device[2] };
  }
  if (fifo === true) return { ...attributes, kind: "fifo" };
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const { content = { kind: "bytes", bytes }, size = bytes.length } = literal;
  return { ...attributes, kind: "file", size, content };
}
