// /etc/resolv.conf and /etc/hosts as a RUN sees them. They are mounted, and never become a part of the image.
import { readFile } from "node:fs/promises";
import type { ExtraHost } from "../plan/plan.ts";

/** This machine's, since a RUN uses its network; empty when it has none. */
export async function resolvConf(): Promise<Uint8Array> {
  try {
    return await readFile("/etc/resolv.conf");
  } catch {
    return new Uint8Array(); // a machine without names to look up
  }
}

/** As BuildKit writes it, with the lines of `--add-host` after it. */
export function hostsFile(hostname: string, extra: readonly ExtraHost[]): Uint8Array {
  const lines = [`127.0.0.1\tlocalhost ${hostname}`, "::1\tlocalhost ip6-localhost ip6-loopback"];
  for (const { name, address } of extra) lines.push(`${address}\t${name}`);
  return Buffer.from(`${lines.join("\n")}\n`);
}
