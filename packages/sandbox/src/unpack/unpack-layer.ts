// A layer becomes a folder that an overlay can take as a lower one. Every folder on the way is made here, so no link of
// an image is ever followed; contents are written while the layer's tar streams past once.
import { makeFolder, finishFolder } from "./make-folders.ts";
import { makeHardLinks, makeSymlink } from "./make-links.ts";
import { makeSmallFile } from "./make-file.ts";
import { makeNodes, makeWhiteouts } from "./make-nodes.ts";
import { setFineTimes } from "./fine-times.ts";
import { checkAttributeTool, restoreAttributes } from "./restore-attributes.ts";
import { unpackFailure } from "./unpack-failure.ts";
import { planUnpack } from "./unpack-plan.ts";
import type { UnpackPlan } from "./unpack-plan.ts";
import { UnpackWork } from "./unpack-work.ts";
import type { UnpackLayerOrder } from "./unpack-work.ts";
import { writeContents } from "./write-contents.ts";

export type { UnpackLayerOrder } from "./unpack-work.ts";

/**
 * Fills `folder`, which is there, is empty and is nobody else's, with what the table says. If it fails, what was made so
 * far stays for the caller to remove.
 * @throws {SandboxError} `UNPACK_FAILED`, `NO_SPACE`, `TOOL_MISSING`; or the signal's reason
 */
export async function unpackLayer(folder: string, order: UnpackLayerOrder): Promise<void> {
  order.signal?.throwIfAborted();
  const plan = await planUnpack(order);
  if (plan.attributes.length > 0) checkAttributeTool();
  let work: UnpackWork | undefined;
  try {
    work = new UnpackWork(folder, order);
    await carryOut(work, plan);
  } catch (error) {
    throw unpackFailure(error, "");
  } finally {
    work?.close();
  }
  warnOfOmissions(order, plan);
}

/** What comes last would be undone by what comes before it: see the parts. */
async function carryOut(work: UnpackWork, plan: UnpackPlan): Promise<void> {
  await work.forEach(plan.folders, (row) => makeFolder(work, row));
  await work.forEach(plan.symlinks, (row) => makeSymlink(work, row));
  await makeNodes(work, plan.nodes);
  await makeWhiteouts(work, plan.whiteouts);
  work.removeScratch();
  await work.forEach(plan.smallFiles, (row) => makeSmallFile(work, row));
  await writeContents(work, plan.slices);
  await makeHardLinks(work, plan.hardLinks, new Set(plan.omittedDevices));
  await restoreAttributes(work, plan.attributes);
  await setFineTimes(work, work.fineTimes);
  await work.forEach(plan.folders.toReversed(), (row) => finishFolder(work, row));
  await setFineTimes(work, work.fineFolderTimes);
}

/** What the image has and the folder has not: the image itself stays as it is. */
function warnOfOmissions(order: UnpackLayerOrder, plan: UnpackPlan): void {
  const { omittedDevices, omittedAttributes } = plan;
  if (omittedDevices.length > 0) {
    const names = some(omittedDevices.map((row) => order.changes.pathAt(row)));
    order.warn("DEVICES_LEFT_OUT", `Only root can make device files; RUN does not see these: ${names}`);
  }
  if (omittedAttributes.size > 0) {
    const names = [...omittedAttributes].map(([name, { path, count }]) =>
      count === 1 ? `${name} of ${path}` : `${name} of ${path} and ${count - 1} more`,
    );
    order.warn(
      "XATTRS_LEFT_OUT",
      `Extended attributes that cannot be set here; RUN does not see these: ${some(names)}`,
    );
  }
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => JSON.stringify(name));
  return names.length > 3 ? `${shown.join(", ")} and ${names.length - 3} more` : shown.join(", ");
}
