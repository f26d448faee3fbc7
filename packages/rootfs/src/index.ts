// The package's face: a root filesystem as a value.
export { RootFs } from "./root-fs.ts";
export { RootFsError, type RootFsErrorCode } from "./rootfs-error.ts";
export { linkGroup, impliedDirectory, type Tree } from "./tree.ts";
export { resolvePath, type Resolved, type ResolveOptions } from "./resolve-path.ts";
export { parentPath, baseName, joinPath, compareNames } from "./path-names.ts";
export { flatten, hardLink } from "./flatten.ts";
export { diffTrees, type Aspect, type Difference } from "./diff-trees.ts";
export { settleLayer } from "./settle-layer.ts";
export {
  maximumAccountBytes,
  parseGroup,
  parsePasswd,
  type AccountFiles,
  type GroupEntry,
  type PasswdEntry,
} from "./accounts.ts";
export { findOwner } from "./find-owner.ts";
export { findUser, type ProcessUser } from "./find-user.ts";
export { layerOf, type EntryLiteral, type LayerLiteral } from "./layer-of.ts";
