// Whether this machine can execute programs of another platform: the kernel's table of emulators (binfmt_misc) says so.
// https://docs.kernel.org/admin-guide/binfmt-misc.html
import { formatPlatform, hostPlatform, type Platform } from "@tsbuild/oci";
import type { RootFs } from "@tsbuild/rootfs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "../build-error.ts";

/** e_ident and e_machine of an executable, as far as emulators are told apart by them. */
const machines: Readonly<
  Record<string, { readonly bits: 32 | 64; readonly big?: true; readonly machine: number }>
> = {
  386: { bits: 32, machine: 3 },
  amd64: { bits: 64, machine: 62 },
  arm: { bits: 32, machine: 40 },
  arm64: { bits: 64, machine: 183 },
  loong64: { bits: 64, machine: 258 },
  mips64le: { bits: 64, machine: 8 },
  ppc64le: { bits: 64, machine: 21 },
  riscv64: { bits: 64, machine: 243 },
  s390x: { bits: 64, big: true, machine: 22 },
};

/** What processors execute besides their own. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = { amd64: ["386"], arm64: ["arm"] };

const table = "/proc/sys/fs/binfmt_misc";

/** Throws BuildError STEP_FAILED when programs of `platform` cannot run here. Where nobody can tell, it is tried. */
export async function requireEmulation(
  platform: Platform,
  rootfs: RootFs,
  o: { readonly folder?: string; readonly host?: Platform } = {},
): Promise<void> {
  const host = o.host ?? hostPlatform();
  const { architecture } = platform;
  if (architecture === host.architecture || alsoRuns[host.architecture]?.includes(architecture)) return;
  const machine = machines[architecture];
  if (machine === undefined) return;
  const emulators = await readEmulators(o.folder ?? table);
  if (emulators === undefined) return;
  const header = elfHeader(machine);
  const found = emulators.filter((emulator) => matches(emulator, header));
  if (found.some(({ isOpen, interpreter }) => isOpen || rootfs.resolve(interpreter).entry !== undefined))
    return;
  const [first] = found;
  const reason =
    first === undefined
      ? "this machine has no emulator for them"
      : `the emulator ${first.interpreter} is registered without the flag F, and the image does not have it`;
  throw new BuildError(
    "STEP_FAILED",
    `Cannot run programs for ${formatPlatform(platform)} on ${formatPlatform(host)}: ${reason}; install qemu-user-static (its binfmt entries have the flag F), or start tonistiigi/binfmt once with privileges`,
  );
}

interface Emulator {
  readonly interpreter: string;
  /** The kernel holds it open (flag F): it need not be in the image. */
  readonly isOpen: boolean;
  readonly offset: number;
  readonly magic: Buffer;
  readonly mask: Buffer | undefined;
}

/** The enabled entries; undefined when the table cannot be seen, as in most containers. */
async function readEmulators(folder: string): Promise<Emulator[] | undefined> {
  const status = await readFile(join(folder, "status"), "latin1").catch(() => undefined);
  if (status === undefined) return undefined;
  if (status.trim() !== "enabled") return [];
  const names = (await readdir(folder)).filter((name) => name !== "status" && name !== "register");
  const texts = await Promise.all(
    names.map((name) => readFile(join(folder, name), "latin1").catch(() => "")),
  );
  return texts.flatMap((text) => parseEmulator(text) ?? []);
}

/** `enabled`, then lines of a word and its value. */
function parseEmulator(text: string): Emulator | undefined {
  const lines = text.split("\n");
  if (lines[0] !== "enabled") return undefined;
  const values = new Map(
    lines.map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]),
  );
  const magic = values.get("magic");
  if (magic === undefined) return undefined;
  const mask = values.get("mask");
  return {
    interpreter: values.get("interpreter") ?? "",
    isOpen: (values.get("flags:") ?? "").includes("F"),
    offset: Number(values.get("offset") ?? 0),
    magic: Buffer.from(magic, "hex"),
    mask: mask === undefined ? undefined : Buffer.from(mask, "hex"),
  };
}

function elfHeader({ bits, big, machine }: { bits: 32 | 64; big?: true; machine: number }): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, big ? 2 : 1, 1]);
  const put = (at: number, value: number): void =>
    void (big ? header.writeUInt16BE(value, at) : header.writeUInt16LE(value, at));
  put(16, 2); // ET_EXEC
  put(18, machine);
  put(20, 1); // the low half of e_version in little endian; nobody looks at it in the other
  return header;
}

function matches({ offset, magic, mask }: Emulator, header: Buffer): boolean {
  return magic.every(
    (byte, index) =>
      ((header[offset + index] ?? 0) & (mask?.[index] ?? 0xff)) === (byte & (mask?.[index] ?? 0xff)),
  );
}
