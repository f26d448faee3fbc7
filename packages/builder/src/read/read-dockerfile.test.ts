import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readDockerfile } from "./read-dockerfile.ts";

const root = mkdtempSync(join(tmpdir(), "read-dockerfile-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
writeFileSync(join(root, "secret"), "of the host");

let contexts = 0;
/** A context with files of these texts; a text "-> x" is a symbolic link. */
function contextWith(files: Readonly<Record<string, string>>): string {
  const context = join(root, `context-${String(contexts++)}`);
  mkdirSync(context);
  for (const [name, text] of Object.entries(files)) {
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), join(context, name));
    else writeFileSync(join(context, name), text);
  }
  return context;
}

describe("readDockerfile", () => {
  it("reads both files, also through links inside the context", async () => {
    const context = contextWith({ Dockerfile: "-> real", real: "FROM scratch", ".dockerignore": "a" });
    const input = await readDockerfile({ context });
    expect(Buffer.from(input.source).toString()).toBe("FROM scratch");
    expect(input.ignore?.ignores("a")).toBe(true);
    expect(input.ignorePath).toBe(".dockerignore");
  });

  it("GHSA-49p4-px3h-rq49: follows no link out of the context", async () => {
    const dockerfile = contextWith({ Dockerfile: "-> ../secret" });
    const message = `it is a symbolic link out of the context, to ${join(root, "secret")}`;
    await expect(readDockerfile({ context: dockerfile })).rejects.toThrow(message);
    await expect(
      readDockerfile({ context: dockerfile, dockerfile: join(dockerfile, "Dockerfile") }),
    ).rejects.toThrow(message);
    const ignore = contextWith({ Dockerfile: "FROM scratch", ".dockerignore": "-> ../secret" });
    await expect(readDockerfile({ context: ignore })).rejects.toThrow(message);
  });

  it("reads a Dockerfile that was named outside of the context, and a context behind a link", async () => {
    const context = contextWith({ ".dockerignore": "" });
    const named = await readDockerfile({ context, dockerfile: join(root, "secret") });
    expect(Buffer.from(named.source).toString()).toBe("of the host");
    symlinkSync(contextWith({ Dockerfile: "FROM scratch" }), join(root, "link"));
    expect((await readDockerfile({ context: join(root, "link") })).path).toBe("Dockerfile");
  });

  it.each(["Dockerfile", ".dockerignore"])("does not wait for a %s that is a pipe", async (name) => {
    const context = contextWith(name === "Dockerfile" ? {} : { Dockerfile: "FROM scratch" });
    execFileSync("mkfifo", [join(context, name)]);
    await expect(readDockerfile({ context })).rejects.toThrow(/Cannot read .*: it is not a file/);
  });

  it.each(["Dockerfile", ".dockerignore"])("refuses a %s of more than 16 MiB", async (name) => {
    const context = contextWith({ Dockerfile: "FROM scratch", ".dockerignore": "" });
    truncateSync(join(context, name), 16 * 1024 * 1024 + 1);
    await expect(readDockerfile({ context })).rejects.toThrow("it is larger than 16 MiB");
  });

  it("points at a file that differs in case, but not at the one that can't be read", async () => {
    const misspelt = contextWith({ DockerFile: "FROM scratch" });
    await expect(readDockerfile({ context: misspelt })).rejects.toThrow(
      'it does not exist; there is "DockerFile": name it with -f',
    );
    const folder = contextWith({});
    mkdirSync(join(folder, "Dockerfile"));
    await expect(readDockerfile({ context: folder })).rejects.toThrow(
      "it is not a file; name another one with -f",
    );
  });
});
