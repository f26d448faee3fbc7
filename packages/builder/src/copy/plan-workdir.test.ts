import { describe, expect, it } from "vitest";
import { CopyError } from "./copy-error.ts";
import { createdMtimeSec, layerText, rootOf } from "./layer-text.ts";
import { planWorkdir } from "./plan-workdir.ts";

describe("WORKDIR", () => {
  it("makes the folder and its missing parents, 0755 and the user's", () => {
    const target = rootOf({ "srv/": { uid: 1, mode: 0o700 } });
    const plan = planWorkdir({ path: "/srv/app/x", target, owner: { uid: 5, gid: 6 }, createdMtimeSec });
    expect(layerText(plan.changes)).toEqual(["srv/ 0700 1:0", "srv/app/ 5:6 @1000", "srv/app/x/ 5:6 @1000"]);
  });

  it("changes nothing when the folder is there", () => {
    const target = rootOf({ "srv/app/": {} });
    expect(planWorkdir({ path: "/srv/app/", target, createdMtimeSec }).changes.length).toBe(0);
    expect(planWorkdir({ path: "/", target, createdMtimeSec }).changes.length).toBe(0);
  });

  it("37: goes through symbolic links inside the root", () => {
    const target = rootOf({ "real/": {}, link: "-> /real", up: "-> ../../../outside" });
    expect(planWorkdir({ path: "/link/w", target, createdMtimeSec }).path).toBe("/real/w");
    const plan = planWorkdir({ path: "/up/w", target, createdMtimeSec });
    expect(layerText(plan.changes)).toEqual(["outside/ @1000", "outside/w/ @1000"]);
  });

  it("37: is an error over a file, below a file and in a loop of links", () => {
    const target = rootOf({ file: "x", loop: "-> loop" });
    for (const path of ["/file", "/file/w", "/loop"]) {
      expect(() => planWorkdir({ path, target, createdMtimeSec })).toThrow(CopyError);
    }
    expect(() => planWorkdir({ path: "/file/w", target, createdMtimeSec })).toThrow(
      '"/file" is not a folder',
    );
  });

  it("stops at the root (CVE-2022-23648)", () => {
    expect(planWorkdir({ path: "../../../x", target: rootOf(), createdMtimeSec }).path).toBe("/x");
  });
});
