import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TreePaths } from "../unpack/tree-paths.ts";
import { scanUpper } from "./scan-upper.ts";
import { settleUpper } from "./settle-upper.ts";
import { makeUpper, makeWhiteout, whyNoWhiteouts } from "./upper.fixture.ts";

const noWhiteouts = whyNoWhiteouts();
if (noWhiteouts !== undefined) console.warn(`Skipping a test of whiteouts: ${noWhiteouts}`);

function timeOf(path: string | Buffer): bigint {
  return lstatSync(path, { bigint: true }).mtimeNs;
}

describe("settleUpper", () => {
  it("gives everything whole seconds, links themselves and folders too", async () => {
    const { upper, options } = makeUpper();
    mkdirSync(join(upper, "a"));
    writeFileSync(join(upper, "a/f"), "");
    symlinkSync("f", join(upper, "a/link"));
    linkSync(join(upper, "a/f"), join(upper, "a/other"));
    const times = { a: "1700000001.9", "a/f": "1700000002.5", "a/link": "-3.25" };
    for (const [path, time] of Object.entries(times)) lutimesSync(join(upper, path), time, time);
    await settleUpper(upper, await scanUpper(upper, options));
    expect(timeOf(join(upper, "a"))).toBe(1_700_000_001_000_000_000n);
    expect(timeOf(join(upper, "a/f"))).toBe(1_700_000_002_000_000_000n);
    expect(timeOf(join(upper, "a/link"))).toBe(-4_000_000_000n);
  });

  it("clamps times", async () => {
    const { upper, options } = makeUpper();
    writeFileSync(join(upper, "new"), "");
    writeFileSync(join(upper, "old"), "");
    utimesSync(join(upper, "old"), 5, 5);
    await settleUpper(upper, await scanUpper(upper, options), 10);
    expect(timeOf(join(upper, "new"))).toBe(10_000_000_000n);
    expect(timeOf(join(upper, "old"))).toBe(5_000_000_000n);
  });

  it("removes what the layer does not have, before it sets the times of folders", async () => {
    const phantoms = new Set(["run", "run/deep", "run/deep/file"]);
    const { upper, options } = makeUpper({ phantoms });
    for (const path of ["dev/pts/0", "proc", "run/deep", "tmp"])
      mkdirSync(join(upper, path), { recursive: true });
    for (const path of ["run", "run/deep"]) chmodSync(join(upper, path), 0o755);
    writeFileSync(join(upper, "run/deep/file"), "");
    writeFileSync(join(upper, "dev/pts/0/x"), "");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(upper, "tmp/socket"), resolve));
    try {
      utimesSync(join(upper, "tmp"), 7, 7);
      await settleUpper(upper, await scanUpper(upper, options));
      expect(readdirSync(upper, { recursive: true })).toEqual(["tmp"]);
      expect(timeOf(join(upper, "tmp"))).toBe(7_000_000_000n);
    } finally {
      server.close();
    }
  });

  it.skipIf(noWhiteouts)("leaves whiteouts, but not those of mount points that no image has", async () => {
    const { upper, options } = makeUpper({ phantoms: new Set(["a/hosts"]) });
    makeWhiteout(join(upper, "a/gone"));
    makeWhiteout(join(upper, "a/hosts"));
    await settleUpper(upper, await scanUpper(upper, options));
    expect(readdirSync(join(upper, "a"))).toEqual(["gone"]);
  });

  it("reaches names that are no text, and places where no path reaches", async () => {
    const { upper, options } = makeUpper();
    const odd = Buffer.from(`${upper}/\xff`, "latin1");
    writeFileSync(odd, "");
    const paths = new TreePaths(upper);
    const deep = Array.from({ length: 30 }, () => "n".repeat(250));
    for (let depth = 1; depth <= deep.length; depth++) mkdirSync(paths.at(deep.slice(0, depth).join("/")));
    for (const path of [odd, paths.at(deep.join("/"))]) lutimesSync(path, "9.5", "9.5");
    await settleUpper(upper, await scanUpper(upper, options));
    expect(timeOf(odd)).toBe(9_000_000_000n);
    expect(timeOf(paths.at(deep.join("/")))).toBe(9_000_000_000n);
    paths.close();
  });
});
