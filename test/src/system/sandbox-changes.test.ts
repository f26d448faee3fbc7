// What a process has changed, from real overlays: the layer says it, others unpack it to the same tree, and the upper folder
// serves as the layer's unpacked form.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tree, TreeNode } from "../compare/tree-node.ts";
import { cannotRun } from "../machine/requirement.ts";
import { makeTemporaryFolder, type TemporaryFolder } from "../machine/temporary-folder.ts";
import {
  places,
  playOverlayScene,
  type OverlayOutcome,
  type OverlayScene,
} from "../overlay/overlay-scene.ts";
import { stackLayers } from "../overlay/stack-layers.ts";

let temporary: TemporaryFolder;
let scenes = 0;

const stub = "mkdir -p dev proc sys run/secrets; : > run/secrets/x";
const phantoms = ["dev", "proc", "sys", "run", "run/secrets", "run/secrets/x"];

interface Played extends OverlayOutcome {
  readonly stacked: Tree;
}

describe.skipIf(cannotRun("changes of real overlays")).each(places)("changes of an overlay %s", (place) => {
  beforeAll(async () => {
    temporary = await makeTemporaryFolder("overlay");
  });
  afterAll(async () => temporary?.[Symbol.asyncDispose]());

  async function play(scene: OverlayScene): Promise<Played> {
    const folder = join(temporary.path, String(scenes++));
    await mkdir(join(folder, "scene"), { recursive: true });
    await mkdir(join(folder, "stack"));
    const outcome = await playOverlayScene(join(folder, "scene"), place, { stub, phantoms, ...scene });
    const stacked = await stackLayers(join(folder, "stack"), [outcome.lowerLayer, outcome.layer]);
    return { ...outcome, stacked };
  }

  it("says what is new, changed, gone and replaced, and not how overlayfs keeps it", async () => {
    const outcome = await play({
      lower: `
        mkdir -p etc/old lib tree/a replaced
        echo 1 > etc/passwd; echo 2 > etc/old/x; echo 3 > lib/one; ln lib/one lib/two
        echo 4 > tree/a/f; echo 5 > replaced/f; echo 6 > mode; ln -s mode link; echo 7 > file`,
      change: `
        echo 8 >> etc/passwd; rm etc/old/x; mkdir new; echo 9 > new/f
        rm -rf replaced; mkdir replaced; echo 10 > replaced/g
        rm -rf tree; echo 11 > tree; rm file; mkdir file
        ln lib/one lib/three; chmod 600 mode; mv link moved
        mkfifo pipe; setfattr -n user.note -v 0x00ff new; touch -h -d @-5 moved`,
    });
    expect(outcome.rows).toEqual([
      "d etc",
      "d etc/old",
      "- etc/old/x",
      "f etc/passwd",
      "d file (opaque)",
      "d lib",
      "f lib/one",
      "h lib/three = lib/one",
      "- link",
      "f mode",
      "l moved -> mode",
      "d new",
      "f new/f",
      "p pipe",
      "d replaced (opaque)",
      "f replaced/g",
      "f tree",
    ]);
    expect(outcome.leftovers).toEqual([]);
    expect(comparable(outcome.stacked)).toEqual(comparable(outcome.seen));
    expectForm(outcome);
  });

  it("says nothing of mount points that no layer has, but what was put beside them", async () => {
    const untouched = await play({ lower: ": > a", change: "echo 1 > run/x; rm run/x; mkdir dev/shm" });
    expect(untouched.rows).toEqual([]);
    expect(untouched.leftovers).toEqual(["dev", "run"]);
    expectForm(untouched);
    const touched = await play({ lower: ": > a", change: "echo 1 > run/x" });
    expect(touched.rows).toEqual(["d run", "f run/x"]);
    expectForm(touched);
  });

  it("says that the root folder has changed only when it has", async () => {
    expect((await play({ lower: ": > a", change: "touch . a" })).rows).toEqual(["f a"]);
    expect((await play({ lower: ": > a", change: "chmod 750 ." })).rows).toEqual(["d "]);
    const { rows } = await play({ lower: ": > a", change: "setfattr -n user.root -v 1 .; touch a" });
    expect(rows).toEqual(["d ", "f a"]);
  });

  it("leaves out sockets, and warns of them", async () => {
    const listen = `require("net").createServer().listen("s", () => process.kill(process.pid, "SIGKILL"))`;
    const change = `"$NODE" -e '${listen}' || true; echo 1 > f`;
    const outcome = await play({ lower: ": > a", change });
    expect(outcome.rows).toEqual(["f f"]);
    expect(outcome.leftovers).toEqual(["s"]);
    expect(outcome.warnings).toEqual(['Left out of the layer: the socket "/s"']);
    expectForm(outcome);
  });

  it.each([1, 2, 3, 4])("survive the layer and the settled folder: random tree %i", async (seed) => {
    const outcome = await play({
      stub: ":",
      phantoms: [],
      lower: `mkdir t; "$NODE" "$CHANGE_TREE" t ${seed} 150`,
      change: `"$NODE" "$CHANGE_TREE" . ${seed + 1000} 200`,
    });
    expect(comparable(outcome.stacked, withoutLinks)).toEqual(comparable(outcome.seen, withoutLinks));
    expectForm(outcome);
  });
});

/** The settled folder serves as what the layer unpacks to: on the lower layer, and by itself. */
function expectForm({ settled, stacked, upper, unpacked }: Played): void {
  expect(comparable(settled)).toEqual(comparable(stacked));
  expect(comparable(upper, onDisk)).toEqual(comparable(unpacked, onDisk));
}

/** But for mount points that nothing was put in, and for the time of the root folder, which no layer has. */
function comparable(tree: Tree, simplify = (node: TreeNode) => node): Record<string, TreeNode> {
  const isPhantom = (path: string) =>
    phantoms.some((phantom) => path === `/${phantom}`) || path.startsWith("/dev/");
  return Object.fromEntries(
    [...tree]
      .filter(([path]) => !isPhantom(path))
      .map(([path, node]) => [path, simplify(path === "/" ? { ...node, modified: 0 } : node)]),
  );
}

/** While a process runs, overlayfs may show two inodes where the upper folder has one: it does not always know. */
function withoutLinks({ sharedWith: _links, ...node }: TreeNode): TreeNode {
  return node;
}

/** Without what overlayfs noted for its own use. Of whiteouts only the place matters. */
function onDisk(node: TreeNode): TreeNode {
  const { xattrs = "", ...rest } = node;
  if (node.device === "0:0") return { path: node.path, kind: "char", mode: "", owner: "", modified: 0 };
  const kept = xattrs.split(" ").filter((one) => !/\.overlay\.(?!opaque=)/.test(one));
  return { ...rest, xattrs: kept.join(" ") };
}
