import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scanContext } from "../context/scan-context.ts";
import { rowsInputDigest } from "./rows-input-digest.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rows-digest-"));
  mkdirSync(join(root, "d/e"), { recursive: true });
  writeFileSync(join(root, "d/e/f"), "f");
  writeFileSync(join(root, "d/g"), "g");
  symlinkSync("g", join(root, "d/l"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function digest(folder = "d"): Promise<string> {
  const snapshot = await scanContext(root);
  const rows = snapshot.rowsBelow(folder);
  if (rows === undefined) throw new Error("no rows");
  await snapshot.hashRows(rows);
  const result = rowsInputDigest(rows, folder);
  await snapshot[Symbol.asyncDispose]();
  return result;
}

describe("rowsInputDigest", () => {
  it.each<[string, () => void]>([
    ["a file's content", () => writeFileSync(join(root, "d/g"), "h")],
    ["a file's name", () => renameSync(join(root, "d/g"), join(root, "d/h"))],
    ["a file's mode", () => chmodSync(join(root, "d/g"), 0o755)],
    ["a folder's mode", () => chmodSync(join(root, "d/e"), 0o700)],
    ["a new empty folder", () => mkdirSync(join(root, "d/n"))],
    ["a missing file", () => rmSync(join(root, "d/e/f"))],
    [
      "a link's target",
      () => {
        rmSync(join(root, "d/l"));
        symlinkSync("e", join(root, "d/l"));
      },
    ],
  ])("changes with %s", async (_what, change) => {
    const before = await digest();
    change();
    expect(await digest()).not.toBe(before);
  });

  it("does not change with times, nor with what is beside the folder, nor with the folder's name", async () => {
    const before = await digest();
    utimesSync(join(root, "d/g"), 1, 1);
    writeFileSync(join(root, "beside"), "x");
    expect(await digest()).toBe(before);
    renameSync(join(root, "d"), join(root, "other"));
    expect(await digest("other")).toBe(before);
  });
});
