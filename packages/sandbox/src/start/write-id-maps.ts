// Gives a process in a new user namespace its IDs. Root writes the maps itself; for all others newuidmap and newgidmap do,
// which look up in /etc/subuid and /etc/subgid what the caller may have.
import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { findTool } from "../tools/find-tool.ts";
import { missingTool } from "../tools/missing-tool.ts";
import { runTool } from "../tools/run-tool.ts";
import { formatIdMap, idMapArguments, mapAllAsIs, mapOwnAndRanges, type IdMapping } from "./id-map.ts";
import { StartError, type StartFailure } from "./start-failure.ts";
import { parseSubIds, type IdRange } from "./sub-ids.ts";

export interface IdMaps {
  readonly users: readonly IdMapping[];
  readonly groups: readonly IdMapping[];
  /** Gives them to the user namespace of a process. */
  write(processId: number): Promise<void>;
}

/** The maps that this process may have. Throws a StartError when there are none. */
export function findIdMaps(): IdMaps {
  return process.geteuid?.() === 0 ? mapsOfRoot() : mapsOfUser();
}

function mapsOfRoot(): IdMaps {
  const users = mapAllAsIs(readFileSync("/proc/self/uid_map", "latin1"));
  const groups = mapAllAsIs(readFileSync("/proc/self/gid_map", "latin1"));
  return {
    users,
    groups,
    write: async (processId) => {
      try {
        writeFileSync(`/proc/${processId}/uid_map`, formatIdMap(users));
        writeFileSync(`/proc/${processId}/gid_map`, formatIdMap(groups));
      } catch (error) {
        throw failed("map", error instanceof Error ? error.message : String(error));
      }
    },
  };
}

function mapsOfUser(): IdMaps {
  for (const tool of ["newuidmap", "newgidmap"]) {
    if (findTool(tool) === undefined)
      throw failed("tools", missingTool(tool, "use the IDs of /etc/subuid").message);
  }
  const users = mapOwnAndRanges(process.geteuid?.() ?? 0, readRanges("/etc/subuid"));
  const groups = mapOwnAndRanges(process.getegid?.() ?? 0, readRanges("/etc/subgid"));
  return {
    users,
    groups,
    write: async (processId) => {
      await Promise.all([map("newuidmap", processId, users), map("newgidmap", processId, groups)]);
    },
  };
}

function readRanges(path: string): IdRange[] {
  const owner = { name: ownName(), uid: process.geteuid?.() ?? 0 };
  const ranges = parseSubIds(readIfThere(path), owner);
  if (ranges.length === 0)
    throw failed("ids", `${path} has no range for ${owner.name ?? `user ${owner.uid}`}`);
  return ranges;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** A container's user need not have a name. */
export function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

async function map(tool: string, processId: number, ids: readonly IdMapping[]): Promise<void> {
  const { status, stderr } = await runTool(tool, [String(processId), ...idMapArguments(ids)]);
  if (status !== 0) throw failed("map", stderr.trim() || `${tool} ended with ${status}`);
}

function failed(step: StartFailure["step"], reason: string): StartError {
  return new StartError({ privilege: "user namespace", step, reason });
}
