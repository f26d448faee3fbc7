import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeName } from "../name.ts";
import { whyNoGnuTar } from "../tar/gnu-tar.fixture.ts";
import { archive, encodeEntry, plain } from "../tar/tar.fixture.ts";
import { parseMarked } from "./attributes-by-tar.ts";
import { readAttributes } from "./read-attributes.ts";

describe("parseMarked", () => {
  it("finds the names with a mark, whatever is in them", () => {
    const lines = [
      'drwxr-xr-x* 0/0               0 2026-01-01 00:00 "./"',
      '-rw-r--r--  0/0               2 2026-01-01 00:00 "./plain"',
      'lrwxrwxrwx* 3000000/0         0 2026-01-01 00:00 "./a b" -> "\\"x"',
      'crw-r--r--* 0/0             1,3 2026-01-01 00:00 "./new\\nl\\"q\\377\\\\"',
      "",
    ];
    const found = parseMarked(lines);
    expect(found).toEqual([
      Buffer.from("./"),
      Buffer.from("./a b"),
      Buffer.from('./new\nl"q\xff\\', "latin1"),
    ]);
  });
});

const reason = whyNoGnuTar();
describe.skipIf(reason !== undefined)(
  `GNU tar reads attributes${reason === undefined ? "" : `: ${reason}`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "attributes-by-tar-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("of every name of every kind of file that may have them", async ({ skip }) => {
      const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
      const odd = 'sp ace\nnew"\\\udcff';
      const xattrs = new Map([
        ["user.note", Buffer.from([0, 1, 255, 10])],
        ["user.empty", Buffer.alloc(0)],
      ]);
      const common = { ...plain, ...owner, xattrs };
      writeFileSync(
        join(folder, "x.tar"),
        archive(
          encodeEntry({ path: "d", kind: "directory", ...common, mode: 0o755 }),
          encodeEntry({ path: "d/f", kind: "file", size: 5, ...common }, "bytes"),
          encodeEntry({ path: "d/g", kind: "hardlink", target: "d/f", ...plain, ...owner }),
          encodeEntry({ path: "d/none", kind: "file", size: 4, ...plain, ...owner }, "none"),
          encodeEntry({ path: odd, kind: "file", size: 0, ...common }),
        ),
      );
      try {
        const args = ["--xattrs", "--xattrs-include=*", "-xf", "x.tar"];
        execFileSync("tar", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
      } catch {
        skip("the file system has no extended attributes");
      }
      const found = await readAttributes(folder, { names: "^user\\.", programs: ["tar"] });
      const paths = [...(found?.keys() ?? [])].map((path) => encodeName(path).toString("latin1"));
      if (paths.length === 0) skip("the file system has no extended attributes");
      expect(paths.sort()).toEqual(["d", "d/f", "d/g", encodeName(odd).toString("latin1")].sort());
      const value = (path: string, name: string) => [...(found?.get(path)?.get(name) ?? [])];
      for (const path of found?.keys() ?? []) expect(value(path, "user.note")).toEqual([0, 1, 255, 10]);
      for (const values of found?.values() ?? []) expect(values.get("user.empty")?.length).toBe(0);
      expect(await readAttributes(folder, { names: "^trusted\\.", programs: ["tar"] })).toEqual(new Map());
    });
  },
);
