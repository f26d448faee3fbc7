import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TreePaths } from "../unpack/tree-paths.ts";
import { removeTree } from "./remove-tree.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-remove-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("removeTree", () => {
  it("removes a small tree, a large one, a file, and nothing", async () => {
    const folder = temporaryFolder();
    for (const count of [3, 500]) {
      const tree = join(folder, String(count));
      for (let i = 0; i < count; i++) {
        mkdirSync(join(tree, String(i % 10)), { recursive: true });
        writeFileSync(join(tree, String(i % 10), String(i)), "");
      }
      await removeTree(tree);
      expect(existsSync(tree)).toBe(false);
      await removeTree(tree);
    }
    writeFileSync(join(folder, "file"), "");
    await removeTree(join(folder, "file"));
    expect(existsSync(join(folder, "file"))).toBe(false);
  });

  it("removes links, and leaves alone what they lead to", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept/file"), "");
    mkdirSync(join(folder, "tree"));
    symlinkSync("../kept", join(folder, "tree/link"));
    symlinkSync("kept", join(folder, "link"));
    await removeTree(join(folder, "tree"));
    await removeTree(join(folder, "link"));
    expect(existsSync(join(folder, "link"))).toBe(false);
    expect(existsSync(join(folder, "kept/file"))).toBe(true);
  });

  it("removes folders that nobody may enter", async () => {
    const tree = join(temporaryFolder(), "tree");
    mkdirSync(join(tree, "a/b/c"), { recursive: true });
    writeFileSync(join(tree, "a/b/file"), "");
    for (const path of ["a/b", "a"]) chmodSync(join(tree, path), 0);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });

  it("removes names that are no text, and folders that no path reaches", async () => {
    const tree = join(temporaryFolder(), "tree");
    mkdirSync(Buffer.from(`${tree}/\xff/\xfe`, "latin1"), { recursive: true });
    const paths = new TreePaths(tree);
    const deep = Array.from({ length: 30 }, () => "n".repeat(250));
    for (let depth = 1; depth <= deep.length; depth++) mkdirSync(paths.at(deep.slice(0, depth).join("/")));
    paths.close();
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
  });

  it("says what cannot be removed", async () => {
    await expect(removeTree("/proc/self/fdinfo")).rejects.toThrow(
      /Cannot remove \/proc\/self\/fdinfo: .*by hand/s,
    );
  });
});
