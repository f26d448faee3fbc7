import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const module = new URL("close-inherited-descriptors.ts", import.meta.url).href;

/** What a program sees as its open descriptors that a Node process starts, which has inherited two of ours. */
function inheritedBy(prelude: string): string[] {
  const code = `
    import { closeInheritedDescriptors } from ${JSON.stringify(module)};
    import { spawnSync } from "node:child_process";
    ${prelude}
    const { stdout } = spawnSync("/bin/sh", ["-c", "echo /proc/$$/fd/*"], { stdio: ["ignore", "pipe", "ignore"] });
    process.stdout.write(stdout);`;
  const folder = openSync(fileURLToPath(new URL(".", import.meta.url)), "r");
  try {
    const stdio = [
      "ignore",
      "pipe",
      "inherit",
      ...Array.from({ length: 37 }, () => "ignore" as const),
      folder,
    ] as const;
    const { stdout } = spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", code], {
      stdio: [...stdio],
      encoding: "utf8",
    });
    return stdout
      .trim()
      .split(" ")
      .map((path) => path.slice(path.lastIndexOf("/") + 1));
  } finally {
    closeSync(folder);
  }
}

describe.runIf(process.platform === "linux")("descriptors that were inherited", () => {
  it("are not passed on once they are closed", () => {
    const far = inheritedBy("")
      .map(Number)
      .filter((fd) => fd >= 40);
    expect(far).toContain(40); // else this would show nothing
    expect(
      inheritedBy("closeInheritedDescriptors();")
        .map(Number)
        .filter((fd) => fd >= 20),
    ).toEqual([]);
  });
});
