// Unpacking layers as root: the same trees as umoci and GNU tar make, whiteouts that a real overlay understands, and
// nothing outside of the folder, whatever an archive says.
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { encodeHeader, headerRoom, padToBlock, type TarHeaderFields } from "@tsbuild/layer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findDebianBase } from "../bases/debian-base.ts";
import { compareTrees } from "../compare/compare-trees.ts";
import { walkTree } from "../compare/walk-tree.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { makeTemporaryFolder, type TemporaryFolder } from "../machine/temporary-folder.ts";
import { openLayerUnpacker, type LayerUnpacker } from "../sandbox/layer-unpacker.ts";

describe.skipIf(cannotRun("unpacking as root"))("unpacking as root", () => {
  let temporary: TemporaryFolder;
  let unpacker: LayerUnpacker;
  beforeAll(async () => {
    temporary = await makeTemporaryFolder("unpack");
    unpacker = await openLayerUnpacker(temporary.path);
  });
  afterAll(async () => {
    await unpacker?.[Symbol.asyncDispose]();
    await temporary?.[Symbol.asyncDispose]();
  });

  /** A layer that the shell's commands have filled, by GNU tar with names sorted. */
  async function tarOf(name: string, script: string, ...options: string[]): Promise<string> {
    const [tree, tar] = [join(temporary.path, name), join(temporary.path, `${name}.tar`)];
    await mkdir(tree);
    await runOrThrow("sh", ["-euc", script], { cwd: tree });
    const always = ["--sort=name", "--numeric-owner", "--format=posix", "--xattrs", "--xattrs-include=*"];
    await runOrThrow("tar", [...always, ...options, "-cf", tar, "-C", tree, "."]);
    return tar;
  }

  const times = (folder: string) => runOrThrow("find", [folder, "-mindepth", "1", "-printf", "%P %T@\n"]);

  const plain = { mode: 0o4777, uid: 1, gid: 1, mtimeSec: 1, mtimeNsec: 0 };
  const file = (path: string): Member => ({ ...plain, path, kind: "file", size: 6 });
  const folder = (path: string): Member => ({ ...plain, path, kind: "directory" });
  const link = (path: string, target: string): Member => ({ ...plain, path, kind: "symlink", target });
  const hardLink = (path: string, target: string): Member => ({ ...plain, path, kind: "hardlink", target });
  const device = (path: string, major: number, minor: number): Member => {
    return { ...plain, path, kind: "device", type: "char", major, minor };
  };

  it("makes of a real base what umoci makes of it", async () => {
    const layout = await findDebianBase();
    const scratch = join(temporary.path, "umoci");
    await runOrThrow("umoci", ["unpack", "--image", `${layout}:debian`, scratch]);
    const { path } = await unpacker.unpack(createReadStream(await onlyLayer(layout)));
    const [theirs, ours] = [await walkTree(join(scratch, "rootfs")), await walkTree(path)];
    expect(ours.size).toBeGreaterThan(5000);
    expect(compareTrees(theirs, ours, { buildStart: Infinity })).toEqual([]);
  });

  it("makes of everything that a file can be what GNU tar makes of it", async () => {
    const tar = await tarOf(
      "everything",
      `
        mkdir -p dir/sticky dir/closed empty; echo text > dir/file; chmod 1777 dir/sticky
        echo suid > suid; chown 3000000:12 suid; chmod 6755 suid; echo ping > ping; setcap cap_net_raw+ep ping
        ln dir/file dir/second; ln -s ../../../dir/file link; ln link link-again; chown -h 5:6 link
        mkfifo fifo; ln fifo fifo-again; mknod null c 1 3; mknod disk b 259 1048575; chown 7 null; chmod 666 null
        truncate -s 300M sparse; printf data | dd of=sparse bs=1 seek=200000000 conv=notrunc status=none
        head -c 3000000 /dev/urandom > large; head -c 512 /dev/urandom > block; : > nothing
        touch "$(printf '\\377\\200')" "$(printf 'new\\nline \\\\ = \\033')" "$(printf 'caf\\303\\251')" "$(printf 'cafe\\314\\201')" -- -rf
        setfattr -n user.note -v 0x00ff dir; setfattr -n user.note "$(printf '\\377\\200')"
        setfattr -n 'user.odd : \\ name' -v x dir/file; setfattr -n trusted.note -v y dir/closed
        setfattr -h -n trusted.note -v z link
        find . -print0 | xargs -0 touch -h -d @1234567890.123456789; chmod 0 dir/closed; touch -d @-1000.5 dir/file
        touch -h -d @-2 link; touch -d @4500000000.000000001 ping; touch -d @-7 dir/closed; touch -d @99 dir`,
      "--sparse",
    );
    const theirs = join(temporary.path, "everything-by-tar");
    await mkdir(theirs);
    const extract = [
      "--xattrs",
      "--xattrs-include=*",
      "--numeric-owner",
      "--same-permissions",
      "--same-owner",
    ];
    await runOrThrow("tar", [...extract, "-xf", tar, "-C", theirs]);
    const { path } = await unpacker.unpack(createReadStream(tar));
    expect(compareTrees(await walkTree(theirs), await walkTree(path), { buildStart: Infinity })).toEqual([]);
    expect((await times(path)).split("\n").sort()).toEqual((await times(theirs)).split("\n").sort());
    expect((await stat(join(path, "sparse"))).blocks * 512).toBeLessThan(1_000_000);
    expect(unpacker.warnings).toEqual([]);
  });

  it("says to an overlay what a layer hides", async () => {
    const tar = await tarOf(
      "hiding",
      `mkdir -p both opaque/inner new; : > .wh.gone; : > both/.wh.gone; : > both/.wh.folder; : > both/mine
       : > opaque/.wh..wh..opq; : > opaque/.wh.gone; : > opaque/inner/.wh.gone; : > opaque/mine`,
    );
    const { path } = await unpacker.unpack(createReadStream(tar));
    const place = join(temporary.path, "overlay");
    await mkdir(place);
    const seen = await runOrThrow("unshare", [
      ...["--mount", "--propagation", "private", "sh", "-euc"],
      `cd "$1"; ln -s "$2" top; mkdir -p low/both/folder/x low/opaque/inner low/opaque/more upper work merged
       for f in gone stays both/gone both/stays opaque/gone opaque/hidden opaque/inner/gone opaque/more/x; do : > low/$f; done
       mount -n -t overlay o -o lowerdir=top:low,upperdir=upper,workdir=work merged; cd merged; find . | sort`,
      ...["sh", place, path],
    ]);
    expect(seen.trim().split("\n")).toEqual([
      ...[".", "./both", "./both/mine", "./both/stays", "./new"],
      ...["./opaque", "./opaque/inner", "./opaque/mine", "./stays"],
    ]);
    expect((await stat(join(path, "gone"))).nlink).toBe(3);
  });

  it("removes more files than one whiteout can have names", async () => {
    const whiteouts = Array.from({ length: 66_000 }, (_, at) => file(`d/.wh.${at}`));
    const { path } = await unpacker.unpack(archive([folder("d"), ...whiteouts]));
    const count = await runOrThrow("sh", ["-euc", 'find "$1" -type c | wc -l; ls -A "$1"', "sh", path]);
    expect(count.trim().split(/\s+/)).toEqual(["66000", "d"]);
  });

  it("reaches further down than a system call, with every tool", async () => {
    const parts = Array.from({ length: 50 }, (_, depth) => `${depth}`.padEnd(150, "x"));
    const folders = parts.map((_, depth) => folder(parts.slice(0, depth + 1).join("/")));
    const deep = folders.at(-1)?.path ?? "";
    const xattrs = new Map([["user.far", Buffer.from("away")]]);
    const members = [
      { ...file(`${deep}/file`), mtimeNsec: 123456789, xattrs },
      hardLink(`${deep}/second`, `${deep}/file`),
      file(`${deep}/.wh.gone`),
      device(`${deep}/null`, 1, 3),
    ];
    const { path } = await unpacker.unpack(archive([...folders, ...members]));
    const found = await runOrThrow("find", [path, "-mindepth", "51", "-printf", "%f %y %n %m %T@\n"]);
    expect(found.trim().split("\n").sort()).toEqual([
      "file f 2 4777 1.1234567890",
      expect.stringMatching(/^gone c 1 0 /),
      "null c 1 4777 1.0000000000",
      "second f 2 4777 1.1234567890",
    ]);
    const read = ["getfattr", "--only-values", "-n", "user.far", "{}", ";"];
    expect(await runOrThrow("find", [path, "-name", "file", "-execdir", ...read])).toBe("away");
    await runOrThrow("rm", ["-rf", path]);
  });

  it("says which file there was no room for", async () => {
    const small = await makeTemporaryFolder("small");
    await runOrThrow("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", small.path]);
    try {
      const tar = await tarOf("zeros", "mkdir d; head -c 16000000 /dev/zero > d/zeros", "--gzip");
      const cramped = await openLayerUnpacker(small.path);
      try {
        await expect(cramped.unpack(createReadStream(tar))).rejects.toMatchObject({
          code: "NO_SPACE",
          facts: { path: "d/zeros" },
        });
      } finally {
        await cramped[Symbol.asyncDispose]();
      }
      const left = await runOrThrow("sh", ["-euc", 'find "$1" -name zeros', "sh", small.path]);
      expect(left).toBe("");
    } finally {
      await runOrThrow("umount", [small.path]);
      await small[Symbol.asyncDispose]();
    }
  });

  it.each<[string, (victim: string) => Member[], string]>([
    ["CVE-2026-28406: names that climb", () => [file("../canary")], "PATH_ESCAPES"],
    ["names that climb inside", () => [file("a/../../canary")], "PATH_ESCAPES"],
    ["only dots", () => [file("..")], "PATH_ESCAPES"],
    ["absolute names", (victim) => [file(`${victim}/canary`), file("//canary")], "inside"],
    [
      "CVE-2014-6407: a link out and a file behind it",
      (victim) => [link("l", victim), file("l/canary")],
      "inside",
    ],
    ["tar-fs: a link to a sibling", () => [link("l", "../victim"), file("l/canary")], "inside"],
    [
      "CVE-2021-32803: a folder that becomes a link",
      (victim) => [folder("d"), file("d/x"), link("d", victim), file("d/canary")],
      "inside",
    ],
    [
      "names in two forms",
      (victim) => [link("caf\u00e9", victim), folder("cafe\u0301"), file("cafe\u0301/canary")],
      "inside",
    ],
    [
      "CVE-2026-23745: a hard link to an absolute path",
      (victim) => [hardLink("h", `${victim}/canary`)],
      "UNPACK_FAILED",
    ],
    ["a hard link that climbs", () => [hardLink("h", "../../../etc/hostname")], "PATH_ESCAPES"],
    [
      "CVE-2021-32760: a hard link out, then a file of its name",
      (victim) => [hardLink("h", `${victim}/canary`), file("h")],
      "inside",
    ],
    [
      "CVE-2026-24842: a hard link through a chain of links",
      (victim) => [
        folder("a/b"),
        link("a/b/up", "../.."),
        link("a/out", `b/up/../..${victim}`),
        hardLink("x", "a/out/canary"),
      ],
      "UNPACK_FAILED",
    ],
    ["CVE-2026-29786: drives", () => [file("C:x"), link("l", "C:../../x")], "inside"],
    ["kaniko: a whiteout of the parent", () => [folder("a"), file("a/.wh...")], "TAR_CORRUPT"],
    ["a whiteout behind a link", (victim) => [link("l", victim), file("l/.wh.canary")], "inside"],
    ["a device that is a whiteout", () => [device("etc", 0, 0)], "UNPACK_FAILED"],
    ["a device of another number", () => [device("etc", 4096, 0)], "UNPACK_FAILED"],
    ["an attribute of the overlay", () => [{ ...folder("etc"), xattrs: opaque }], "UNPACK_FAILED"],
    ["forty links", (victim) => [...forty(victim), file("l39/canary")], "inside"],
  ])("keeps %s inside, or refuses them", async (_, members, outcome) => {
    const victim = join(temporary.path, "victim");
    await runOrThrow("sh", [
      "-euc",
      'mkdir -p "$1"; echo alive > "$1/canary"; touch -d @1 "$1" "$1/canary"',
      "sh",
      victim,
    ]);
    const before = await walkTree(victim);
    const answer = await unpacker.unpack(archive(members(victim))).then(
      () => "inside",
      (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
    );
    expect(answer).toBe(outcome);
    expect(await walkTree(victim)).toEqual(before);
    expect(
      await runOrThrow("find", ["/canary", temporary.path, "-maxdepth", "1", "-name", "canary"]).catch(
        String,
      ),
    ).not.toMatch(/^\/.*canary$/m);
  });
});

type Member = TarHeaderFields;

const opaque = new Map([["trusted.overlay.opaque", Buffer.from("y")]]);

function forty(victim: string): Member[] {
  const plain = { mode: 0o777, uid: 0, gid: 0, mtimeSec: 1, mtimeNsec: 0 };
  return Array.from({ length: 40 }, (_, at) => {
    return { ...plain, kind: "symlink", path: `l${at}`, target: at === 0 ? victim : `l${at - 1}` };
  });
}

/** As a program would write them that checks nothing; every file says "pwned". */
async function* archive(members: readonly Member[]): AsyncGenerator<Uint8Array, void, void> {
  for (const member of members) {
    const header = Buffer.alloc(headerRoom(member));
    yield header.subarray(0, encodeHeader(member, header, 0));
    if (member.kind !== "file") continue;
    const text = Buffer.alloc(padToBlock(member.size));
    text.write("pwned\n");
    yield text;
  }
  yield Buffer.alloc(1024);
}

async function onlyLayer(layout: string): Promise<string> {
  const blob = (digest: string) => join(layout, "blobs", digest.replace(":", "/"));
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
  const manifest = JSON.parse(await readFile(blob(index.manifests[0].digest), "utf8"));
  return blob(manifest.layers[0].digest);
}
