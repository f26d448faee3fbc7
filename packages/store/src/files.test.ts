import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testFolder } from "./blobs.fixture.ts";
import { makeFolder } from "./files.ts";
import { openLocalStore } from "./local-store.ts";

describe("makeFolder", () => {
  it("makes parents, and takes what is there", async () => {
    const path = join(await testFolder(), "a/b/c");
    await Promise.all([makeFolder(path), makeFolder(path)]);
    await makeFolder(path);
    await writeFile(join(path, "f"), "");
    await expect(makeFolder(join(path, "f"))).rejects.toMatchObject({ code: "EEXIST" });
  });

  it.runIf(process.platform === "linux")("gives up where the system makes no folders", async () => {
    await expect(makeFolder("/proc/none/below")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(openLocalStore("/proc/none")).rejects.toMatchObject({ code: "IO" });
  });
});
