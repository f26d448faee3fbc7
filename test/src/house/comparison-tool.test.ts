// The comparison tool itself: it must find each kind of difference, and must not see those that mean nothing.
import { describe, expect, it } from "vitest";
import { compareConfigs } from "../compare/compare-configs.ts";
import { compareTrees } from "../compare/compare-trees.ts";
import { formatVerdict, judge } from "../compare/difference.ts";
import type { Tree, TreeNode } from "../compare/tree-node.ts";

const buildStart = 2000;
const file: TreeNode = {
  path: "/a",
  kind: "file",
  mode: "0644",
  owner: "0:0",
  size: 1,
  content: "sha256:1",
  modified: 1000,
};
const tree = (...nodes: Partial<TreeNode>[]): Tree =>
  new Map(nodes.map((node) => [node.path ?? file.path, { ...file, ...node }]));

describe("compareTrees()", () => {
  it.each<[string, Partial<TreeNode>]>([
    ["mode", { mode: "0600" }],
    ["owner", { owner: "1:1" }],
    ["size", { size: 2 }],
    ["content", { content: "sha256:2" }],
    ["kind", { kind: "fifo" }],
    ["target", { target: "b" }],
    ["device", { device: "1:3" }],
    ["sharedWith", { sharedWith: "/a /b" }],
    ["xattrs", { xattrs: "user.a=0x00" }],
    ["modified", { modified: 1001 }],
  ])("finds a difference of %s", (property, change) => {
    const found = compareTrees(tree(file), tree(change), { buildStart });
    expect(found.map(({ where }) => where)).toEqual([`/a ${property}`]);
  });

  it("finds a path that only one side has", () => {
    expect(compareTrees(tree({ path: "/a" }), tree({ path: "/b" }), { buildStart })).toEqual([
      { where: "/a", buildah: "file" },
      { where: "/b", tsbuild: "file" },
    ]);
  });

  it("takes all times since the build began for one", () => {
    expect(compareTrees(tree({ modified: 2001 }), tree({ modified: 2005 }), { buildStart })).toEqual([]);
    expect(compareTrees(tree({ modified: 2001 }), tree({ modified: 1000 }), { buildStart })).toHaveLength(1);
  });

  it("does not mind the time of a folder that one side made on the way", () => {
    const folder = { kind: "directory" } as const;
    expect(compareTrees(tree({ ...folder, modified: 2001 }), tree(folder), { buildStart })).toEqual([]);
    expect(compareTrees(tree({ ...folder, modified: 999 }), tree(folder), { buildStart })).toHaveLength(1);
  });
});

describe("compareConfigs()", () => {
  it("takes absent, null and empty for one, and maps in any order", () => {
    const theirs = { config: { User: "", Cmd: null, Volumes: {}, Labels: { a: "1", b: "2" } } };
    expect(compareConfigs(theirs, { config: { Labels: { b: "2", a: "1" } } })).toEqual([]);
  });

  it("finds order in lists and values in maps", () => {
    const found = compareConfigs(
      { config: { Env: ["a=1", "b=2"], Labels: { a: "1" } } },
      { config: { Env: ["b=2", "a=1"], Labels: { a: "2" } } },
    );
    expect(found.map(({ where }) => where)).toEqual(["config Env", "config Labels"]);
  });
});

describe("judge()", () => {
  const difference = { where: "/a mode", buildah: "0644", tsbuild: "0600" };

  it("lets an accepted difference pass, exactly as it is written", () => {
    expect(formatVerdict(judge([difference], [{ ...difference, because: "reason" }]))).toBe("");
    expect(
      formatVerdict(judge([difference], [{ ...difference, tsbuild: "0640", because: "reason" }])),
    ).toMatch("/a mode");
  });

  it("tells of an accepted difference that is gone", () => {
    expect(formatVerdict(judge([], [{ ...difference, because: "reason" }]))).toMatch("did not occur");
  });
});
