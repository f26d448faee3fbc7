import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeTable } from "./describe-table.fixture.ts";
import { scanUpper } from "./scan-upper.ts";
import { attributes, makeUpper } from "./upper.fixture.ts";

describe("attributes of an upper folder", () => {
  it("go into the layer when they are the image's", async () => {
    const values = {
      "user.note": "n",
      "security.capability": "c",
      "system.posix_acl_access": "a",
      "trusted.x": "",
    };
    const { upper, options } = makeUpper({ readAttributes: attributes({ "a/f": values }) });
    mkdirSync(join(upper, "a"));
    writeFileSync(join(upper, "a/f"), "");
    const { table } = await scanUpper(upper, options);
    expect(table.at(0)).not.toHaveProperty("entry.xattrs");
    const change = table.at(1);
    const xattrs = change.kind === "put" ? change.entry.xattrs : undefined;
    expect(
      Object.fromEntries([...(xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString()])),
    ).toEqual(values);
  });

  it("are asked for by name, without those of the machine's own policy", async () => {
    let pattern = /^$/;
    const readAttributes = async (_: string, { names }: { names: string }) => {
      pattern = new RegExp(names);
      return new Map();
    };
    const { upper, options } = makeUpper({ readAttributes });
    writeFileSync(join(upper, "f"), "");
    await scanUpper(upper, options);
    const asked = ["user.a", "trusted.overlay.opaque", "security.capability", "system.posix_acl_default"];
    expect(asked.filter((name) => !pattern.test(name))).toEqual([]);
    const others = ["security.selinux", "security.ima", "security.capability2", "system.nfs4_acl", "btrfs.x"];
    expect(others.filter((name) => pattern.test(name))).toEqual([]);
  });

  it.each(["trusted", "user"] as const)(
    "make a folder opaque, written as %s.overlay.opaque",
    async (flavour) => {
      const name = `${flavour}.overlay.opaque`;
      const readAttributes = attributes({ a: { [name]: "y" }, b: { [name]: "x" } });
      const { upper, options } = makeUpper({ flavour, readAttributes });
      for (const folder of ["a", "b", "c"]) mkdirSync(join(upper, folder));
      const { table } = await scanUpper(upper, options);
      expect(describeTable(table)).toEqual(["d a (opaque)", "d b", "d c"]);
      expect(table.at(0)).not.toHaveProperty("entry.xattrs");
    },
  );

  it("of overlayfs' own books are left out", async () => {
    const books = Object.fromEntries(
      ["origin", "impure", "uuid", "nlink", "upper", "protattr"].map((name) => [
        `trusted.overlay.${name}`,
        "\xfb",
      ]),
    );
    const { upper, options } = makeUpper({ readAttributes: attributes({ "": books, f: books }) });
    writeFileSync(join(upper, "f"), "");
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["f f"]);
    expect(table.at(0)).not.toHaveProperty("entry.xattrs");
  });

  it.each([
    ["trusted", "user.overlay.opaque", "which a process may set where overlayfs uses the other prefix"],
    ["user", "trusted.overlay.opaque", "the same the other way round"],
    ["trusted", "trusted.overlay.overlay.opaque", "what overlayfs makes of one that a process has set"],
    ["user", "user.overlay.overlay.whiteout", "the same the other way round"],
    ["trusted", "trusted.overlay.metacopy", "since the file's bytes are elsewhere"],
    ["trusted", "trusted.overlay.redirect", "since the folder's entries are elsewhere"],
    ["user", "user.overlay.whiteout", "since it says that nothing is there"],
  ] as const)("of flavour %s refuse %s, %s", async (flavour, name, _why) => {
    const { upper, options } = makeUpper({ flavour, readAttributes: attributes({ f: { [name]: "y" } }) });
    writeFileSync(join(upper, "f"), "");
    await expect(scanUpper(upper, options)).rejects.toMatchObject({
      code: "CHANGES_UNREADABLE",
      facts: { path: "/f" },
      message: expect.stringContaining(name),
    });
  });

  it("cannot be done without: a missing program is an error with the package to install", async () => {
    const { upper, options } = makeUpper({ readAttributes: () => Promise.resolve(undefined) });
    writeFileSync(join(upper, "f"), "");
    await expect(scanUpper(upper, options)).rejects.toMatchObject({
      code: "TOOL_MISSING",
      facts: { tool: "getfattr" },
      message: expect.stringContaining("install the package attr"),
    });
  });
});
