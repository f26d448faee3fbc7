// What every process finds in /dev, made once to be copied: nodes, the folders that file systems are mounted on, and the
// usual links. With nodes of our own, a process that changes their modes does not change this machine's; who may not make
// nodes cannot change those of this machine either.
import { chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { runTool } from "../tools/run-tool.ts";

export interface DeviceNode {
  readonly name: string;
  readonly major: number;
  readonly minor: number;
}

/** Character devices, by the numbers of the kernel's admin-guide/devices.txt. */
export const deviceNodes: readonly DeviceNode[] = [
  { name: "full", major: 1, minor: 7 },
  { name: "null", major: 1, minor: 3 },
  { name: "random", major: 1, minor: 8 },
  { name: "tty", major: 5, minor: 0 },
  { name: "urandom", major: 1, minor: 9 },
  { name: "zero", major: 1, minor: 5 },
];

const folders = new Map([
  ["mqueue", 0o1777],
  ["pts", 0o755],
  ["shm", 0o1777],
]);

const links = new Map([
  ["core", "/proc/kcore"],
  ["fd", "/proc/self/fd"],
  ["ptmx", "pts/ptmx"],
  ["stderr", "/proc/self/fd/2"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
]);

/** Makes the folder. @throws {SandboxError} `TOOL_MISSING` */
export async function makeDevTemplate(folder: string): Promise<void> {
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  for (const [name, mode] of folders) {
    mkdirSync(`${folder}/${name}`);
    chmodSync(`${folder}/${name}`, mode);
  }
  for (const [name, target] of links) symlinkSync(target, `${folder}/${name}`);
  if (await makeNodes(folder)) return;
  for (const { name } of deviceNodes) {
    rmSync(`${folder}/${name}`, { force: true });
    writeFileSync(`${folder}/${name}`, ""); // to mount that of this machine upon
  }
}

/** Whether the nodes in this template are nodes. */
export function hasDeviceNodes(folder: string): boolean {
  return lstatSync(`${folder}/null`).isCharacterDevice();
}

/** Whether `name` is something that the template has. */
export function isTaken(name: string): boolean {
  return folders.has(name) || links.has(name) || deviceNodes.some((node) => node.name === name);
}

/** Whether that is allowed here. */
async function makeNodes(folder: string): Promise<boolean> {
  const make = async ({ name, major, minor }: DeviceNode): Promise<boolean> => {
    const node = ["-m", "666", "--", name, "c", `${major}`, `${minor}`];
    return (await runTool("mknod", node, { cwd: folder })).status === 0;
  };
  const [first, ...others] = deviceNodes;
  if (first === undefined || !(await make(first))) return false;
  return (await Promise.all(others.map(make))).every(Boolean);
}
