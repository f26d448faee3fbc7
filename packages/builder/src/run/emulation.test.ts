import { parsePlatform } from "@tsbuild/oci";
import { layerOf, RootFs } from "@tsbuild/rootfs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { requireEmulation } from "./emulation.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

// As the kernel prints qemu-user-static's entry for arm64.
const arm64 = (flags: string): string =>
  [
    "enabled",
    "interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P",
    `flags: ${flags}`,
    "offset 0",
    "magic 7f454c460201010000000000000000000200b700",
    "mask ffffffffffffff00fffffffffffffffffeffffff",
    "",
  ].join("\n");

function check(platform: string, entries: Record<string, string>, image = RootFs.empty): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tsbuild-binfmt-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(entries)) writeFileSync(join(folder, name), text);
  return requireEmulation(parsePlatform(platform), image, { folder, host: parsePlatform("linux/amd64") });
}

describe("programs of another platform", () => {
  it("run when an emulator is registered that the kernel holds open", async () => {
    await expect(
      check("linux/arm64", { status: "enabled\n", "qemu-aarch64": arm64("POCF") }),
    ).resolves.toBeUndefined();
  });

  it("cannot run without one", async () => {
    await expect(check("linux/arm64", { status: "enabled\n" })).rejects.toThrow(
      /Cannot run programs for linux\/arm64 on linux\/amd64: this machine has no emulator for them; install qemu-user-static/,
    );
  });

  it("cannot run with one for another processor, or one that is turned off", async () => {
    await expect(check("linux/riscv64", { status: "enabled\n", "qemu-aarch64": arm64("F") })).rejects.toThrow(
      "no emulator",
    );
    const off = arm64("F").replace("enabled", "disabled");
    await expect(check("linux/arm64", { status: "enabled\n", "qemu-aarch64": off })).rejects.toThrow(
      "no emulator",
    );
    await expect(check("linux/arm64", { status: "disabled\n", "qemu-aarch64": arm64("F") })).rejects.toThrow(
      "no emulator",
    );
  });

  it("need an emulator in the image when the kernel does not hold one open", async () => {
    const entries = { status: "enabled\n", "qemu-aarch64": arm64("OC") };
    await expect(check("linux/arm64", entries)).rejects.toThrow(/registered without the flag F/);
    const image = RootFs.empty.withLayer(
      layerOf({ "usr/libexec/qemu-binfmt/aarch64-binfmt-P": { mode: 0o755 } }),
    );
    await expect(check("linux/arm64", entries, image)).resolves.toBeUndefined();
  });

  it("are tried where the table of emulators cannot be seen, and where the processor can run them itself", async () => {
    await expect(check("linux/arm64", {})).resolves.toBeUndefined();
    await expect(check("linux/386", { status: "enabled\n" })).resolves.toBeUndefined();
    await expect(check("linux/amd64", { status: "enabled\n" })).resolves.toBeUndefined();
  });
});
