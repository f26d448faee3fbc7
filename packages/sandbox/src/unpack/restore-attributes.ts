// Sets extended attributes, which Node cannot, in one run of setfattr; every odd byte is written as an escape.
import { encodeName } from "@tsbuild/layer";
import { SandboxError } from "../sandbox-error.ts";
import { findTool } from "../tools/find-tool.ts";
import { missingTool } from "../tools/missing-tool.ts";
import { runTool } from "../tools/run-tool.ts";
import { attributeFate, opaqueAttribute } from "./attribute-rules.ts";
import { TreePaths } from "./tree-paths.ts";
import { noSpace } from "./unpack-failure.ts";
import type { UnpackWork } from "./unpack-work.ts";

/** To be asked before anything is made. @throws {SandboxError} `TOOL_MISSING` */
export function checkAttributeTool(): void {
  if (findTool("setfattr") === undefined) throw missingTool("setfattr", "set extended attributes of a layer");
}

/** Sets those that the image has and that may be set, and makes opaque folders opaque. */
export async function restoreAttributes(work: UnpackWork, rows: readonly number[]): Promise<void> {
  if (rows.length === 0) return;
  const paths = TreePaths.forPrograms(work.folder);
  try {
    const { status, stderr } = await runTool("setfattr", ["-h", "--restore=-"], {
      cwd: ".",
      signal: work.order.signal,
      input: listAttributes(work, rows, paths),
    });
    if (status !== 0) throw failure(work, rows, stderr.trim());
  } finally {
    paths.close();
  }
}

async function* listAttributes(
  work: UnpackWork,
  rows: readonly number[],
  paths: TreePaths,
): AsyncGenerator<Buffer, void, void> {
  for (const row of rows) {
    const lines = describeRow(work, row);
    if (lines.length === 0) continue;
    const path = paths.at(work.table.pathAt(row));
    yield Buffer.from(`# file: ${escapeOdd(path)}\n${lines.join("\n")}\n\n`, "latin1");
  }
}

function describeRow(work: UnpackWork, row: number): string[] {
  const { table, order } = work;
  const lines: string[] = [];
  if (table.isOpaque(row)) lines.push(formatAttribute(opaqueAttribute(order.flavour), Buffer.from("y")));
  if (table.kindAt(row) === "clear") return lines;
  const { kind, xattrs } = work.entryAt(row);
  if (kind === "hardlink") return lines;
  for (const [name, value] of xattrs ?? []) {
    const fate = attributeFate(name, { kind, isRoot: order.isRoot });
    if (fate === "set") lines.push(formatAttribute(name, value));
  }
  return lines;
}

function formatAttribute(name: string, value: Uint8Array): string {
  if (value.length === 0) return escapeOdd(name);
  return `${escapeOdd(name)}=0x${Buffer.from(value).toString("hex")}`;
}

function escapeOdd(name: string | Buffer): string {
  const bytes = typeof name === "string" ? encodeName(name) : name;
  return bytes
    .toString("latin1")
    .replace(
      /[^A-Za-z0-9/._+-]/g,
      (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
    );
}

function failure(work: UnpackWork, rows: readonly number[], said: string): SandboxError {
  const path = rows.length === 1 ? work.table.pathAt(rows[0]!) : "";
  // A file system has a limit for the attributes of one file too, and says the same.
  if (/No space left|quota exceeded/i.test(said)) return noSpace(path, said);
  const remedy = /not supported/i.test(said)
    ? "; keep the store on a file system that has extended attributes"
    : "";
  return new SandboxError("UNPACK_FAILED", `Cannot set extended attributes of a layer: ${said}${remedy}`, {
    facts: { reason: said, tool: "setfattr" },
  });
}
