// A header block and what extends it → one member: names, numbers and kind decided by one written rule.
// Where Go and GNU tar would read an archive differently, it is refused.
import type { Buffer } from "node:buffer";
import type { SparseRegion } from "../entry.ts";
import { decodeName } from "../name.ts";
import { canonicalPath } from "./entry-path.ts";
import type { HeaderBlock } from "./header-block.ts";
import type { PaxValues } from "./pax-values.ts";
import { tarCorrupt } from "./tar-fault.ts";
import type { TarHeaderFields } from "./tar-header.ts";

/** One member of an archive. */
export interface TarMember {
  /** `path` and a hard link's `target` are canonical; whiteouts are not interpreted. */
  readonly entry: TarHeaderFields;
  /** Where the data starts in the uncompressed archive. */
  readonly dataOffset: number;
  /** Bytes of data in the archive; less than the file's size when it is sparse. */
  readonly packedSize: number;
  /** The parts of a sparse file that the data holds, in order. */
  readonly sparse?: readonly SparseRegion[];
}

/** Everything that was said about a member before its own header. */
export interface HeaderExtras {
  readonly pax: PaxValues;
  /** From GNU headers of type L and K. */
  readonly longName?: Buffer;
  readonly longLink?: Buffer;
}

/** How many bytes of data follow the header: PAX wins over the header. Throws TAR_CORRUPT. */
export function dataSize(block: HeaderBlock, { pax }: HeaderExtras): number {
  const size = pax.size ?? block.size;
  if (size < 0) throw tarCorrupt(`a size is ${size}`);
  if (isFileType(block.type) || size === 0) return size;
  // POSIX lets a hard link repeat its file's size, and Go and GNU tar both read no data then.
  if (block.type === TYPE.hardlink && pax.size === undefined) return 0;
  throw tarCorrupt("an entry that is no file has data");
}

/** The member's entry; `size` is that of the expanded file. Throws TAR_CORRUPT, PATH_ESCAPES, TAR_LIMIT. */
export function memberEntry(
  block: HeaderBlock,
  extras: HeaderExtras,
  size: number,
  depth: number,
): TarHeaderFields {
  const { pax } = extras;
  const name = decodeName(chooseName(extras.longName, pax.sparse?.name ?? pax.path, block.name));
  const path = canonicalPath(name, depth);
  const attributes = {
    path,
    mode: block.mode & 0o7777,
    uid: id32(pax.uid ?? block.uid, name),
    gid: id32(pax.gid ?? block.gid, name),
    mtimeSec: pax.mtime?.sec ?? block.mtime,
    mtimeNsec: pax.mtime?.nsec ?? 0,
    ...(pax.xattrs === undefined ? {} : { xattrs: pax.xattrs }),
  };
  const target = (): string => decodeName(chooseName(extras.longLink, pax.linkPath, block.linkName));
  const folder = isFolder(block.type, name);
  if (path === "" && !folder) throw tarCorrupt("an entry that is no folder has the name of the root", name);
  if (folder) return { ...attributes, kind: "directory" };
  switch (block.type) {
    case TYPE.hardlink: {
      const linked = canonicalPath(target(), depth);
      if (linked === path || linked === "") throw tarCorrupt("a hard link is its own target", name);
      return { ...attributes, kind: "hardlink", target: linked };
    }
    case TYPE.symlink:
      return { ...attributes, kind: "symlink", target: symlinkTarget(target(), name) };
    case TYPE.charDevice:
    case TYPE.blockDevice: {
      const type = block.type === TYPE.charDevice ? "char" : "block";
      const { major, minor } = block;
      return { ...attributes, kind: "device", type, major: id32(major, name), minor: id32(minor, name) };
    }
    case TYPE.fifo:
      return { ...attributes, kind: "fifo" };
    default:
      if (!isFileType(block.type))
        throw tarCorrupt(`its type ${typeText(block.type)} is not supported`, name);
      return { ...attributes, kind: "file", size };
  }
}

/** Type flags that are read here; those that extend other headers are the scanner's. */
export const TYPE = {
  oldFile: 0x00,
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  charDevice: 0x33,
  blockDevice: 0x34,
  directory: 0x35,
  fifo: 0x36,
  contiguous: 0x37,
  oldSparse: 0x53,
} as const;

/** Whether entries of this type may have data. */
export function isFileType(type: number): boolean {
  return type === TYPE.oldFile || type === TYPE.file || type === TYPE.contiguous || type === TYPE.oldSparse;
}

/** V7 tar had no type for folders, only the slash; a POSIX file with a slash is two things to two readers. */
function isFolder(type: number, name: string): boolean {
  if (type === TYPE.directory) return true;
  if (!isFileType(type) || !name.endsWith("/")) return false;
  if (type !== TYPE.oldFile) throw tarCorrupt("a file's name ends in a slash", name);
  return true;
}

function chooseName(gnu: Buffer | undefined, pax: Buffer | undefined, plain: Buffer): Buffer {
  if (gnu !== undefined && pax !== undefined && !gnu.equals(pax)) {
    throw tarCorrupt("an entry has two long names");
  }
  return gnu ?? pax ?? plain;
}

function symlinkTarget(target: string, name: string): string {
  if (target === "") throw tarCorrupt("a symbolic link has no target", name);
  return target;
}

function id32(value: number, name: string): number {
  if (value < 0 || value > 0xffffffff) throw tarCorrupt(`${value} is not a number of 32 bits`, name);
  return value;
}

function typeText(type: number): string {
  return JSON.stringify(String.fromCharCode(type));
}
