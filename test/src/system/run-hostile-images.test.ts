// Base images that are odd or mean harm: unpacked right for a RUN, and the machine is not touched.
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runTsbuild, tryTsbuild } from "../command/run-tsbuild.ts";
import { findProgram } from "../machine/find-program.ts";
import { cannotRun } from "../machine/requirement.ts";
import { runOrThrow } from "../machine/run-program.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { unpackImage } from "../runtimes/unpack-image.ts";
import { writeLayeredImage, type TarMember } from "../bases/layered-image.ts";

const folder = (name: string, more: Partial<TarMember> = {}): TarMember => ({
  name: `${name}/`,
  type: "directory",
  mode: 0o755,
  ...more,
});
const file = (name: string, body: string, more: Partial<TarMember> = {}): TarMember => ({
  name,
  body,
  mode: 0o644,
  ...more,
});
const link = (name: string, linkname: string): TarMember => ({
  name,
  type: "symlink",
  linkname,
  mode: 0o777,
});
const hard = (name: string, linkname: string): TarMember => ({ name, type: "link", linkname, mode: 0o644 });

describe.skipIf(cannotRun("RUN on hostile images"))("RUN on an image whose", () => {
  let place: RegistryWithBases;
  let victim: string;
  let before: string;

  /** What the host's folder looks like: nothing may change it. */
  const looks = (): string =>
    JSON.stringify(
      readdirSync(victim, { recursive: true, encoding: "utf8" })
        .sort()
        .map((name) => {
          const { mode, mtimeMs, size, ino } = lstatSync(join(victim, name));
          return [name, mode, mtimeMs, size, ino];
        }),
    );

  beforeAll(async () => {
    place = await openRegistryWithBases("run-hostile", []);
    victim = join(place.folder, "victim");
    mkdirSync(join(victim, "inner"), { recursive: true });
    writeFileSync(join(victim, "canary"), "untouched");
    writeFileSync(join(victim, "resolv.conf"), "untouched");
    before = looks();
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  const shell = (): TarMember[] => [
    folder("bin"),
    { name: "bin/busybox", mode: 0o755, path: findProgram("busybox") ?? "" },
    ...["sh", "ls", "cat", "id", "stat", "touch", "mkdir", "rm", "ln", "echo", "find", "test"].map((name) =>
      link(`bin/${name}`, "busybox"),
    ),
  ];

  /** Pushes an image of these layers and builds `lines` on it; gives the root of the result. */
  const build = async (
    name: string,
    layers: readonly TarMember[][],
    lines: readonly string[],
  ): Promise<string> => {
    const args = await prepare(name, layers, lines);
    await runTsbuild(args);
    return join(await unpackImage(`${place.registry.address}/out/${name}:1`, place.folder, name), "rootfs");
  };
  const prepare = async (
    name: string,
    layers: readonly TarMember[][],
    lines: readonly string[],
  ): Promise<string[]> => {
    const layout = join(place.folder, `${name}-base`);
    await writeLayeredImage({ layers, folder: layout, tag: "base" });
    const base = `${place.registry.address}/base/${name}:1`;
    await runOrThrow("skopeo", [
      ...["copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"],
      ...[`oci:${layout}:base`, `docker://${base}`],
    ]);
    const context = join(place.folder, `${name}-context`);
    await mkdir(context);
    await writeFile(join(context, "Dockerfile"), [`FROM ${base}`, ...lines, ""].join("\n"));
    return [
      ...["build", "--progress=plain", "--push", "--store", join(place.folder, "store")],
      ...["--tag", `${place.registry.address}/out/${name}:1`, context],
    ];
  };
  const read = (root: string, path: string): Promise<string> => runOrThrow("cat", [join(root, path)]);

  it("layers lack parent folders", async () => {
    const root = await build(
      "parents",
      [
        [
          ...shell(),
          folder("opt", { mode: 0o711, uid: 7 }),
          folder("opt/a", { mode: 0o700 }),
          file("opt/a/one", "1"),
        ],
        [file("opt/a/two", "2"), file("new/deep/three", "3")],
      ],
      [
        "RUN stat -c '%a %u' /opt > /seen; stat -c %a /opt/a /new /new/deep >> /seen; cat /opt/a/* /new/deep/* >> /seen",
      ],
    );
    expect(await read(root, "seen")).toBe("711 7\n700\n755\n755\n123");
    expect(lstatSync(join(root, "opt")).mode & 0o777).toBe(0o711);
  });

  it("layers link across layers", async () => {
    const root = await build(
      "links",
      [
        [...shell(), folder("a"), file("a/first", "shared", { mode: 0o640 })],
        [folder("b"), hard("b/second", "a/first")],
        [hard("third", "b/second")],
      ],
      [
        "RUN cat /a/first /b/second /third > /seen && stat -c '%h %a' /third >> /seen && echo changed > /third",
      ],
    );
    expect(await read(root, "seen")).toMatch(/^sharedsharedshared[123] 640\n$/);
    expect(await read(root, "third")).toBe("changed\n");
  });

  it("layers have opaque folders and whiteouts", async () => {
    const root = await build(
      "opaque",
      [
        [
          ...shell(),
          folder("d"),
          file("d/old", "o"),
          folder("e"),
          file("e/gone", "g"),
          file("e/kept", "k"),
          folder("f"),
          folder("f/sub"),
          file("f/sub/x", "x"),
        ],
        [
          folder("d"),
          file("d/.wh..wh..opq", ""),
          file("d/new", "n"),
          file("e/.wh.gone", ""),
          file(".wh.f", ""),
        ],
      ],
      [
        "RUN ls /d /e > /seen; test ! -e /f && mkdir /f && ls -A /f >> /seen; rm -r /d && mkdir /d && ls -A /d >> /seen",
      ],
    );
    expect(await read(root, "seen")).toBe("/d:\nnew\n\n/e:\nkept\n");
    expect(readdirSync(join(root, "d"))).toEqual([]);
    expect(readdirSync(join(root, "f"))).toEqual([]);
  });

  it("folders are named through links of a lower layer", async () => {
    const root = await build(
      "usrmerge",
      [[...shell(), folder("usr"), folder("usr/lib"), link("lib", "usr/lib")], [file("lib/one", "1")]],
      ["RUN cat /usr/lib/one /lib/one > /seen; echo 2 > /lib/two"],
    );
    expect(await read(root, "seen")).toBe("11");
    expect(await read(root, "usr/lib/two")).toBe("2\n");
    expect(lstatSync(join(root, "lib")).isSymbolicLink()).toBe(true);
  });

  it.each(["dev", "proc", "sys", "etc", "tmp", "run"])(
    "/%s is a link to a folder of the host",
    async (name) => {
      const root = await build(
        `link-${name}`,
        [[...shell(), link(name, victim)]],
        [
          "RUN cat /etc/resolv.conf > /dev/null; test -c /dev/null && test -d /proc/self && echo fine > /seen; rm -rf /dev/shm/x",
        ],
      );
      expect(await read(root, "seen")).toBe("fine\n");
      expect(lstatSync(join(root, name)).isSymbolicLink()).toBe(true);
      expect(looks()).toBe(before);
    },
  );

  it("links lead out, in each way that an image can write one", async () => {
    const outside = victim.replace(/^\//, "");
    const layers = [
      [
        ...shell(),
        link("abs", victim),
        link("up", `../../../../../../${outside}`),
        folder("x"),
        link("x/l", ".."),
      ],
      [file("abs/pwned", "p"), file("up/pwned", "p"), file("x/l/below", "b"), file("x/l/l/l/below2", "b")],
    ];
    const root = await build("escape", layers, [
      "RUN find / -xdev -name 'pwned*' | sort > /seen; rm -rf /abs/*; touch /abs/inside || mkdir -p /made",
    ]);
    expect(looks()).toBe(before);
    expect((await read(root, "seen")).split("\n")).not.toContain(join(victim, "canary"));
  });

  it.each([
    ["a name that climbs out", file("../../canary", "pwned")],
    ["a hard link that climbs out", hard("h", "../../../etc/hostname")],
    [
      "an attribute of the overlay itself",
      file("f", "x", { xattrs: { "trusted.overlay.redirect": "/etc" } }),
    ],
  ])("layer has %s: refused", async (title, member) => {
    const name = `refused-${createHash("sha256").update(title).digest("hex").slice(0, 8)}`;
    const args = await prepare(name, [[...shell(), member]], ["RUN true"]);
    const finished = await tryTsbuild(args);
    expect(finished.status).toBe(1);
    expect(finished.stderr).toMatch(/Cannot /);
    expect(looks()).toBe(before);
  });

  it("/etc/passwd is no file, or far too large", async () => {
    for (const [name, member] of [
      ["passwd-link", link("etc/passwd", "/dev/zero")],
      ["passwd-folder", folder("etc/passwd")],
      ["passwd-fifo", { name: "etc/passwd", type: "fifo", mode: 0o644 } satisfies TarMember],
    ] as const) {
      const args = await prepare(name, [[...shell(), folder("etc"), member]], ["USER app", "RUN true"]);
      const finished = await tryTsbuild(args);
      expect(finished.status).toBe(1);
      expect(finished.stderr).toMatch("Dockerfile:3");
    }
  });

  it.each(["/proc/self/cwd", "/proc/thread-self/cwd", "/proc/self/root", "/proc/1/cwd", "/dev/fd"])(
    "working folder is %s: refused (CVE-2024-21626)",
    async (folder) => {
      const name = `workdir${folder.replaceAll("/", "-")}`;
      const args = await prepare(
        name,
        [shell()],
        [`WORKDIR ${folder}`, "RUN ls ../../.. > ../../../escaped"],
      );
      const finished = await tryTsbuild(args);
      expect(finished.status).toBe(1);
      expect(finished.stderr).toMatch(/Cannot enter the working folder .* is a symbolic link/);
      expect(finished.stderr).toMatch("Dockerfile:3");
    },
  );

  it("working folder is a link that a RUN has made to such a place: refused", async () => {
    const lines = ["RUN ln -s /proc/self/cwd /innocent", "WORKDIR /innocent", "RUN ls"];
    const finished = await tryTsbuild(await prepare("workdir-link", [shell()], lines));
    expect(finished.stderr).toMatch(/Cannot enter the working folder .* is a symbolic link/);
  });

  it("store has an access list and a group for all that is made in it", async () => {
    const store = join(place.folder, "acl-store");
    mkdirSync(store);
    // u:1234:rwx and everything for everybody.
    const list = "0x0200000001000700ffffffff02000700d204000004000700ffffffff10000700ffffffff20000700ffffffff";
    await runOrThrow("setfattr", ["-n", "system.posix_acl_default", "-v", list, store]);
    await runOrThrow("chmod", ["g+s", store]);
    await runOrThrow("chgrp", ["1234", store]);
    const lines = ["RUN mkdir -p /n /etc/q && touch /n/f && stat -c '%a %g' /n /n/f /etc/q > /seen"];
    const args = await prepare("acl", [[...shell(), folder("etc")]], lines);
    await runTsbuild(args.map((arg) => (arg === join(place.folder, "store") ? store : arg)));
    const root = join(
      await unpackImage(`${place.registry.address}/out/acl:1`, place.folder, "acl"),
      "rootfs",
    );
    expect(await read(root, "seen")).toBe("755 0\n644 0\n755 0\n");
    const lists = await runOrThrow("getfattr", [
      "-R",
      "-h",
      "-d",
      "-m",
      "posix_acl",
      join(root, "n"),
      join(root, "etc"),
    ]);
    expect(lists).toBe("");
  });

  it("has everything of this machine out of sight", async () => {
    const secret = "canary-3f9a";
    const args = await prepare(
      "sight",
      [[...shell(), link("bin/env", "busybox"), link("bin/grep", "busybox"), link("bin/tr", "busybox")]],
      [
        "RUN env > /env; ls /proc > /pids; cat /proc/1/environ > /environ 2>&1; ls /proc/1/root/ > /root1 2>&1; ls -l /proc/self/fd > /fds; true",
      ],
    );
    await runTsbuild(args, { env: { ...process.env, AWS_SECRET_ACCESS_KEY: secret } });
    const root = join(
      await unpackImage(`${place.registry.address}/out/sight:1`, place.folder, "sight"),
      "rootfs",
    );
    for (const name of ["env", "environ", "root1"]) expect(await read(root, name)).not.toMatch(secret);
    expect((await read(root, "pids")).split("\n").filter((pid) => /^\d+$/.test(pid)).length).toBeLessThan(6);
    expect(await read(root, "root1")).toMatch(/Permission denied/);
    // What it prints to are pipes that have lost their name; nothing else of this machine is open.
    const open = (await read(root, "fds")).split("\n").filter((line) => line.includes(place.folder));
    expect(open.filter((line) => !/ [12] -> .*\/pipes\/[\w-]+ \(deleted\)$/.test(line))).toEqual([]);
  });
});
