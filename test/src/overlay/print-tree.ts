// A program: `node print-tree.ts <folder>...` prints the trees as JSON, for a process outside of the mount namespace.
import { walkTree } from "../compare/walk-tree.ts";

const trees = await Promise.all(process.argv.slice(2).map(async (root) => [...(await walkTree(root))]));
console.log(JSON.stringify(trees));
