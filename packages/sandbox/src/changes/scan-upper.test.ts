import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  closeSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeTable } from "./describe-table.fixture.ts";
import { scanUpper } from "./scan-upper.ts";
import { attributes, makeUpper, makeWhiteout, ownAttributes, whyNoWhiteouts } from "./upper.fixture.ts";
import { TreePaths } from "../unpack/tree-paths.ts";

const noWhiteouts = whyNoWhiteouts();
if (noWhiteouts !== undefined) console.warn(`Skipping tests of whiteouts: ${noWhiteouts}`);

describe("scanUpper", () => {
  it("finds nothing in an empty folder", async () => {
    const { upper, options } = makeUpper();
    const { table, leftovers } = await scanUpper(upper, options);
    expect(table.length).toBe(0);
    expect(leftovers).toEqual([]);
  });

  it("tells files, folders, links and pipes, in the order of a table", async () => {
    const { upper, options } = makeUpper();
    mkdirSync(join(upper, "a/b"), { recursive: true });
    writeFileSync(join(upper, "a/b/file"), "12345");
    writeFileSync(join(upper, "a-b"), "");
    symlinkSync("/nowhere/\u00e9", join(upper, "a/link"));
    execFileSync("mkfifo", [join(upper, "pipe")]);
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual([
      "d a",
      "d a/b",
      "f a/b/file",
      "l a/link -> /nowhere/\u00e9",
      "f a-b",
      "p pipe",
    ]);
    expect(table.at(2)).toMatchObject({
      entry: { size: 5, content: { kind: "disk", path: join(upper, "a/b/file") } },
    });
  });

  it("keeps mode, owner and whole seconds of time, also before 1970", async () => {
    const { upper, options } = makeUpper();
    const path = join(upper, "file");
    writeFileSync(path, "");
    chmodSync(path, 0o4751);
    utimesSync(path, 0, "1700000000.999999");
    symlinkSync("x", join(upper, "old"));
    lutimesSync(join(upper, "old"), 0, "-1.5");
    const { table } = await scanUpper(upper, options);
    const { uid, gid } = ownAttributes(0);
    expect(table.at(0)).toMatchObject({
      entry: { mode: 0o4751, uid, gid, mtimeSec: 1_700_000_000, mtimeNsec: 0 },
    });
    expect(table.at(1)).toMatchObject({ entry: { mtimeSec: -2, mtimeNsec: 0 } });
  });

  it("makes other names of a file hard links to the first, whatever kind of file it is", async () => {
    const { upper, options } = makeUpper();
    mkdirSync(join(upper, "z"));
    writeFileSync(join(upper, "z/one"), "x");
    linkSync(join(upper, "z/one"), join(upper, "m"));
    linkSync(join(upper, "z/one"), join(upper, "z/two"));
    symlinkSync("there", join(upper, "a"));
    linkSync(join(upper, "a"), join(upper, "b"));
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual([
      "l a -> there",
      "h b = a",
      "f m",
      "d z",
      "h z/one = m",
      "h z/two = m",
    ]);
  });

  it("keeps names that are no text, and sorts by bytes", async () => {
    const { upper, options } = makeUpper();
    for (const name of ["\ue000", "\u{1f600}", "\ufffd"]) writeFileSync(join(upper, name), "");
    writeFileSync(Buffer.from(`${upper}/\xff`, "latin1"), "");
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["f \ue000", "f \ufffd", "f \u{1f600}", "f \udcff"]);
  });

  it("leaves out sockets, with one warning for all", async () => {
    const { upper, options, warnings } = makeUpper();
    const servers = await Promise.all(["a", "b"].map((name) => listen(join(upper, name))));
    try {
      const { table, leftovers } = await scanUpper(upper, options);
      expect(table.length).toBe(0);
      expect(leftovers).toEqual(["a", "b"]);
      expect(warnings).toEqual(['SOCKETS_LEFT_OUT: Left out of the layer: the socket "/a" and 1 more']);
    } finally {
      for (const server of servers) server.close();
    }
  });

  it("removes what a socket has replaced, which no layer can say otherwise", async () => {
    const { upper, options } = makeUpper();
    const server = await listen(join(upper, "s"));
    try {
      const changes = await scanUpper(upper, { ...options, isBelow: (path) => path === "s" });
      expect([...changes.table.changes()]).toEqual([{ kind: "remove", path: "s" }]);
      expect(changes.isWhole).toBe(false);
      expect((await scanUpper(upper, options)).isWhole).toBe(true);
    } finally {
      server.close();
    }
  });

  it("leaves out what lies on the mount points dev, proc and sys, and only there", async () => {
    const { upper, options } = makeUpper();
    for (const path of ["dev/shm", "proc", "sys", "a/dev"]) mkdirSync(join(upper, path), { recursive: true });
    const { table, leftovers } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["d a", "d a/dev"]);
    expect(leftovers).toEqual(["dev", "proc", "sys"]);
  });

  it("refuses a file that would delete another one in a layer", async () => {
    const { upper, options } = makeUpper();
    mkdirSync(join(upper, "a"));
    writeFileSync(join(upper, "a/.wh.b"), "");
    await expect(scanUpper(upper, options)).rejects.toMatchObject({
      code: "CHANGES_UNREADABLE",
      facts: { path: "/a/.wh.b" },
      message: expect.stringContaining("rename it"),
    });
  });

  it.skipIf(noWhiteouts)("takes whiteouts as removals, and never for hard links", async () => {
    const { upper, options } = makeUpper();
    makeWhiteout(join(upper, "a/gone"));
    linkSync(join(upper, "a/gone"), join(upper, "gone too"));
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["d a", "- a/gone", "- gone too"]);
  });

  it("names the entry that cannot be read", async () => {
    const { upper, options } = makeUpper({ readAttributes: attributes({}) });
    mkdirSync(join(upper, "a"));
    writeFileSync(join(upper, "b"), "");
    const readAttributes = async () => {
      rmdirSync(join(upper, "a"));
      return new Map();
    };
    await expect(scanUpper(upper, { ...options, readAttributes })).rejects.toMatchObject({
      code: "CHANGES_UNREADABLE",
      facts: { path: "/a" },
    });
  });

  it("stops when it is told to, also on the way", async () => {
    const { upper, options } = makeUpper();
    for (let i = 0; i < 1001; i++) closeSync(openSync(join(upper, String(i)), "w"));
    const abort = new AbortController();
    const readAttributes = async () => {
      setImmediate(() => abort.abort(new Error("enough")));
      return new Map();
    };
    const { signal } = abort;
    await expect(scanUpper(upper, { ...options, signal, readAttributes })).rejects.toThrow("enough");
    await expect(scanUpper(upper, { ...options, signal })).rejects.toThrow("enough");
  });
});

describe("the root folder", () => {
  it("is no change for its time alone", async () => {
    const { upper, options } = makeUpper();
    utimesSync(upper, 1, 1);
    writeFileSync(join(upper, "a"), "");
    expect(describeTable((await scanUpper(upper, options)).table)).toEqual(["f a"]);
  });

  it.each([
    ["mode", { ...ownAttributes(0o700) }],
    ["owner", { ...ownAttributes(0o755), uid: 12_345 }],
    ["group", { ...ownAttributes(0o755), gid: 12_345 }],
  ])("is a change when its %s was another", async (_, root) => {
    const { upper, options } = makeUpper({ root });
    expect(describeTable((await scanUpper(upper, options)).table)).toEqual(["d "]);
  });

  it("is a change when it has other attributes", async () => {
    const root = { ...ownAttributes(0o755), xattrs: new Map([["user.a", Buffer.from("1")]]) };
    const { upper, options } = makeUpper({ root });
    writeFileSync(join(upper, "f"), "");
    const scan = async (values: Record<string, string>) => {
      const readAttributes = attributes({ "": values });
      return describeTable((await scanUpper(upper, { ...options, readAttributes })).table);
    };
    expect(await scan({ "user.a": "1" })).toEqual(["f f"]);
    expect(await scan({ "user.a": "2" })).toEqual(["d ", "f f"]);
    expect(await scan({ "user.b": "1" })).toEqual(["d ", "f f"]);
    expect(await scan({ "user.a": "1", "user.b": "" })).toEqual(["d ", "f f"]);
    expect(await scan({})).toEqual(["d ", "f f"]);
    rmSync(join(upper, "f"));
    expect(await scan({ "user.a": "2" })).toEqual(["d "]);
  });
});

describe("the root folder of an image with attributes that cannot be set here", () => {
  const xattrs = new Map([
    ["trusted.a", Buffer.from("1")],
    ["security.ima", Buffer.from("2")],
  ]);

  it.each([
    ["user", {}, []],
    ["trusted", { "trusted.a": "1" }, []],
    ["trusted", {}, ["d "]],
  ] as const)("has changed only in others: flavour %s, found %j", async (flavour, found, rows) => {
    const root = { ...ownAttributes(0o755), xattrs };
    const { upper, options } = makeUpper({ flavour, root, readAttributes: attributes({ "": found }) });
    writeFileSync(join(upper, "f"), "");
    expect(describeTable((await scanUpper(upper, options)).table)).toEqual([...rows, "f f"]);
  });
});

describe("mount points that the image does not have", () => {
  const phantoms = new Set(["etc", "etc/hosts", "run", "run/deep"]);

  it("do not appear as long as nothing real is in them", async () => {
    const { upper, options } = makeUpper({ phantoms });
    for (const path of ["etc", "run", "run/deep"]) makePhantom(join(upper, path));
    writeFileSync(join(upper, "etc/hosts"), "");
    const { table, leftovers } = await scanUpper(upper, options);
    expect(table.length).toBe(0);
    expect(leftovers).toEqual(["etc/hosts", "etc", "run/deep", "run"]);
  });

  it("stay as parents of what is real", async () => {
    const { upper, options } = makeUpper({ phantoms });
    for (const path of ["run", "run/deep"]) makePhantom(join(upper, path));
    writeFileSync(join(upper, "run/deep/file"), "");
    const { table, leftovers } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["d run", "d run/deep", "f run/deep/file"]);
    expect(leftovers).toEqual([]);
  });

  it("are real once they have another mode or are something else", async () => {
    const { upper, options } = makeUpper({ phantoms });
    mkdirSync(join(upper, "run"));
    chmodSync(join(upper, "run"), 0o1777);
    mkdirSync(join(upper, "etc"));
    writeFileSync(join(upper, "etc/hosts"), "127.0.0.1 me\n");
    const { table } = await scanUpper(upper, options);
    expect(describeTable(table)).toEqual(["d etc", "f etc/hosts", "d run"]);
  });

  it.skipIf(noWhiteouts)("are not removed from layers below", async () => {
    const { upper, options } = makeUpper({ phantoms });
    makePhantom(join(upper, "etc"));
    makeWhiteout(join(upper, "etc/hosts"));
    makeWhiteout(join(upper, "run"));
    const { table, leftovers } = await scanUpper(upper, options);
    expect(table.length).toBe(0);
    expect(leftovers).toEqual(["etc/hosts", "etc", "run"]);
  });
});

describe("what is far down", () => {
  it("is found where no path reaches", async () => {
    const starts: string[] = [];
    const { upper, options } = makeUpper();
    const name = "n".repeat(200);
    const deep = Array.from({ length: 60 }, () => name);
    const paths = new TreePaths(upper);
    for (let depth = 1; depth <= deep.length; depth++) mkdirSync(paths.at(deep.slice(0, depth).join("/")));
    writeFileSync(paths.at([...deep, "file"].join("/")), "found");
    paths.close();
    const readAttributes = async (folder: string) => {
      starts.push(folder);
      return new Map([["", new Map([["user.start", Buffer.from(String(starts.length))]])]]);
    };
    const { table } = await scanUpper(upper, { ...options, readAttributes });
    expect(table.length).toBe(62); // and the root, which has an attribute
    expect(table.pathAt(61)).toBe([...deep, "file"].join("/"));
    // getfattr cannot go all the way from one place: it starts again every 3,600 bytes.
    expect(starts.length).toBe(4);
    const found = Array.from({ length: table.length }, (_, row) => table.at(row))
      .flatMap((change) => (change.kind === "put" && change.entry.xattrs ? [change.entry.path] : []))
      .map((path) => path.length);
    expect(found.length).toBe(4);
    expect(Math.max(...found.slice(1).map((length, i) => length - (found[i] ?? 0)))).toBeLessThan(3800);
  });

  it("is refused where no reader of layers would go", async () => {
    const { upper, options } = makeUpper();
    // A program that walks down while it makes folders is a hundred times faster than one call for each.
    execFileSync("mkdir", ["-p", "d/".repeat(2000)], { cwd: upper });
    const paths = new TreePaths(upper);
    for (let depth = 2001; depth <= 2049; depth++) mkdirSync(paths.at("d/".repeat(depth).slice(0, -1)));
    paths.close();
    await expect(scanUpper(upper, options)).rejects.toThrow(/more than 2048 folders are nested/);
  });
});

/** Whatever the umask. */
function makePhantom(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

async function listen(path: string): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
