import { describe, expect, it } from "vitest";
import { missingTool } from "./missing-tool.ts";

describe("missingTool", () => {
  it("says what to install", () => {
    expect(missingTool("setfattr", "set extended attributes").message).toBe(
      "Cannot set extended attributes: this machine has no program setfattr; install the package attr",
    );
    expect(missingTool("newuidmap").message).toMatch("install uidmap (Debian) or shadow-uidmap (Alpine)");
    expect(missingTool("xargs").message).toMatch("install the package findutils");
  });
});
