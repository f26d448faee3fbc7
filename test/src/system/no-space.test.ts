// Done when, point 8: no space left, on a small file system made for it in a mount namespace of its own.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tsbuildCommand } from "../command/run-tsbuild.ts";
import { runProgram } from "../machine/run-program.ts";
import { cannotRun } from "../machine/requirement.ts";
import { makeTemporaryFolder } from "../machine/temporary-folder.ts";
import { generateMuchData } from "../memory/generate-context.ts";

describe.skipIf(cannotRun("no space left"))("no space left", () => {
  it("is said so, with the step, and leaves nothing half-written", async () => {
    const temporary = await makeTemporaryFolder("no-space");
    try {
      const [context, store] = [join(temporary.path, "context"), join(temporary.path, "store")];
      await mkdir(context);
      await mkdir(store);
      generateMuchData(join(context, "data"), 32 << 20);
      await writeFile(join(context, "Dockerfile"), "FROM scratch\nCOPY data /data\n");
      const script =
        'mount -t tmpfs -o size=4m tmpfs "$1"; store=$1; shift; status=0; "$@" || status=$?; ls -R "$store"; exit $status';
      const finished = await runProgram("unshare", [
        ...["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", store],
        ...[...tsbuildCommand, "build", "--store", store, "--tag", "full:1", context],
      ]);
      expect(finished.stderr).toMatch(/no space left/i);
      expect(finished.stderr).toMatch("Dockerfile:2");
      expect(finished.status).toBe(1);
      expect(finished.stdout).not.toMatch(/[0-9a-f]{64}/);
      expect(await readdir(store)).toEqual([]);
    } finally {
      await temporary[Symbol.asyncDispose]();
    }
  });
});
