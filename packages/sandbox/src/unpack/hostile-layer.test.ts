import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createTable } from "@tsbuild/layer";
import type { Change, Entry } from "@tsbuild/layer";
import { digestOf } from "@tsbuild/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { encodeEntry, makeRootForTest, orderFor, ours, tarLayer } from "./layer-tar.fixture.ts";
import type { LayerTar } from "./layer-tar.fixture.ts";
import { unpackLayer } from "./unpack-layer.ts";

let temporary: string;
let root: string;
beforeEach(() => {
  ({ temporary, root } = makeRootForTest());
  mkdirSync(`${temporary}/root-evil`);
  writeFileSync(`${temporary}/root-evil/canary`, "alive", { mode: 0o600 });
});

/** Whatever was tried, nothing outside of the root has changed. */
function whatIsOutside(): unknown {
  const names = readdirSync(temporary).concat(readdirSync(`${temporary}/root-evil`));
  return [...names, readFileSync(`${temporary}/root-evil/canary`, "utf8")];
}
const untouched = ["root", "root-evil", "canary", "alive"];

const common = { mode: 0o644, mtimeSec: 1, mtimeNsec: 0, ...ours };
const put = (entry: Entry): Change => ({ kind: "put", entry });
const folder = (path: string) => put({ path, kind: "directory", ...common, mode: 0o755 });
const bytes = (path: string, text: string) => {
  const content = { kind: "bytes", bytes: Buffer.from(text) } as const;
  return put({ path, kind: "file", size: text.length, content, ...common });
};
const link = (path: string, target: string) => put({ path, kind: "symlink", target, ...common });
const hardLink = (path: string, target: string) => put({ path, kind: "hardlink", target, ...common });

function made(changes: readonly Change[]): LayerTar {
  return { table: createTable(changes), diffId: digestOf(""), tar: Buffer.alloc(0) };
}

async function refusal(layer: LayerTar): Promise<unknown> {
  const answer = await unpackLayer(root, orderFor(layer)).then(
    () => "unpacked",
    (error: unknown) => error,
  );
  expect(whatIsOutside()).toEqual(untouched);
  return answer;
}

describe("a hostile layer", () => {
  it("CVE-2014-6407, CVE-2021-32803: writes nothing through a symbolic link that takes a folder's place", async () => {
    const layer = made([folder("d"), bytes("d/canary", "pwned")]);
    // As a forged index would say it: the builder of tables would have moved the file to where the link leads.
    const { columns } = layer.table.block;
    columns.kind[0] = made([link("d", "../root-evil")]).table.block.columns.kind[0] ?? 0;
    columns.first[0] = columns.base[0] ?? 0;
    expect(await refusal(layer)).toMatchObject({ code: "UNPACK_FAILED", facts: { path: "d/canary" } });
    expect(readdirSync(root)).toEqual([]);
  });

  it("CVE-2014-9356: keeps links to the outside as text, and what the archive puts behind them inside", async () => {
    const layer = await tarLayer({ l: "-> ../root-evil", up: "-> ../../../../../../.." }, [
      encodeEntry({ path: "l/canary", kind: "file", size: 5, ...common }, "pwned"),
    ]);
    const rows = [...layer.table.changes()].map((change) => (change.kind === "put" ? change.entry.path : ""));
    expect(rows).toContain("root-evil/canary");
    // The caller adds the folder's row; without it nothing is written.
    expect(await refusal(layer)).toMatchObject({
      code: "UNPACK_FAILED",
      facts: { path: "root-evil/canary" },
    });
    const whole = createTable([...layer.table.changes(), folder("root-evil")]);
    expect(await refusal({ ...layer, table: whole })).toBe("unpacked");
    expect(readFileSync(`${root}/root-evil/canary`, "utf8")).toBe("pwned");
  });

  it.each([
    ["a file that is not there", [hardLink("h", "etc/shadow")], 'has no "etc/shadow"'],
    ["a folder", [folder("d"), hardLink("h", "d")], "is a folder"],
    ["itself", [hardLink("h", "h")], "back to itself"],
    ["a link to itself", [hardLink("a", "h"), hardLink("h", "a")], "back to itself"],
  ])(
    "CVE-2026-23745, CVE-2026-24842: makes no hard link to %s",
    async (_, changes: readonly Change[], reason) => {
      expect(await refusal(made(changes))).toMatchObject({
        code: "UNPACK_FAILED",
        message: expect.stringContaining(reason),
      });
    },
  );

  it("CVE-2026-24842: looks a hard link's target up in the layer, never through its symbolic links", async () => {
    const layer = made([link("up", ".."), hardLink("exfil", "up/root-evil/canary")]);
    expect(await refusal(layer)).toMatchObject({ code: "UNPACK_FAILED", facts: { path: "exfil" } });
  });

  it("has no device that the overlay would take for a whiteout", async () => {
    const device = { kind: "device", type: "char", ...common } as const;
    for (const [major, minor] of [
      [0, 0],
      [4096, 0],
      [0, 2 ** 20],
    ] as const) {
      const layer = made([put({ path: "w", ...device, major, minor })]);
      expect(await refusal(layer)).toMatchObject({ code: "UNPACK_FAILED", facts: { path: "w" } });
    }
  });

  it.each(["trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.metacopy"])(
    "sets no attribute %s, which the overlay would obey",
    async (name) => {
      const entry = {
        path: "d",
        kind: "directory",
        ...common,
        xattrs: new Map([[name, Buffer.from("y")]]),
      } as const;
      expect(await refusal(made([put(entry)]))).toMatchObject({
        code: "UNPACK_FAILED",
        message: expect.stringContaining(name),
      });
    },
  );

  it("CVE-2024-40635: gives nothing to root that belongs to user 4294967295", async () => {
    const file = bytes("f", "x");
    if (file.kind === "put") file.entry.uid = 0xffffffff;
    expect(await refusal(made([file]))).toMatchObject({ code: "UNPACK_FAILED", facts: { path: "f" } });
  });

  it("is not taken for another: its bytes must be those of the diffId", async () => {
    const honest = await tarLayer({ bin: { text: "honest" } });
    const forged = await tarLayer({ bin: { text: "forged" } });
    expect(await refusal({ ...honest, tar: forged.tar })).toMatchObject({
      code: "UNPACK_FAILED",
      facts: { layer: honest.diffId },
    });
  });

  it("is refused when its tar ends before a file does, or two files share bytes", async () => {
    const layer = await tarLayer({ a: "first", b: "second" });
    const entry = (path: string, offset: number, size: number) =>
      put({ path, kind: "file", size, content: { kind: "slice", layer: layer.diffId, offset }, ...common });
    for (const changes of [
      [entry("a", 0, 1_000_000)],
      [entry("a", 1_000_000, 1)],
      [entry("a", 0, 100), entry("b", 50, 100)],
      [entry("a", 0, 100), entry("b", 0, 100)],
      [entry("a", 0, 2000), entry("b", 1000, 10)],
    ]) {
      const failure = await refusal({ ...layer, table: createTable(changes) });
      expect(failure).toMatchObject({
        code: "UNPACK_FAILED",
        message: expect.stringContaining("does not fit"),
      });
      rmSync(root, { recursive: true });
      mkdirSync(root);
    }
  });

  it("is refused when the index lacks a folder, or a layer", async () => {
    expect(await refusal(made([bytes("no/where", "x")]))).toMatchObject({ facts: { path: "no/where" } });
    const layer = await tarLayer({ f: "text" });
    const { source: _, ...order } = orderFor(layer);
    await expect(unpackLayer(root, order)).rejects.toMatchObject({
      code: "UNPACK_FAILED",
      facts: { path: "f" },
    });
    await expect(
      unpackLayer(root, { ...order, tars: new Map([[layer.diffId, `${temporary}/none.tar`]]) }),
    ).rejects.toMatchObject({ code: "UNPACK_FAILED", facts: { path: "f" } });
  });

  it("is refused as a whole when the folder to unpack to is not there", async () => {
    const order = orderFor(made([folder("d")]));
    await expect(unpackLayer(`${temporary}/none`, order)).rejects.toMatchObject({
      code: "UNPACK_FAILED",
      facts: { path: "" },
    });
  });
});
