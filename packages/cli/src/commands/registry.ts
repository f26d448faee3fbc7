// `tsbuild registry`: the embedded registry over a folder, until someone interrupts it.
import { once } from "node:events";
import { resolve } from "node:path";
import { CliError, messageOf, usageError } from "../cli-error.ts";
import { print } from "../command-io.ts";
import { switchOption, textOption } from "../options/read-options.ts";
import { storeFolder } from "../options/store-folder.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async (_, options, io) => {
  const { host, port } = parseListen(textOption(options, "listen") ?? "127.0.0.1:5000");
  const given = textOption(options, "store");
  // Not the local store itself, whose folders are others: a registry of its own beside it.
  const folder = given === undefined ? `${storeFolder(undefined, io)}-registry` : resolve(io.cwd, given);
  const { startRegistry } = await import("@tsbuild/registry");
  const isReadOnly = switchOption(options, "readOnly");
  const registry = await startRegistry({ store: folder, host, port, isReadOnly }).catch((error: unknown) => {
    const address = `${host}:${String(port)}`;
    throw new CliError("NOT_LISTENING", `Cannot listen on ${address}: ${messageOf(error)}`, { cause: error });
  });
  try {
    print(io, `registry at ${registry.url} serves ${folder}`);
    if (!isLoopback(host)) io.stderr.write("note: everyone who reaches this address can read and push\n");
    if (!io.signal.aborted) await once(io.signal, "abort");
  } finally {
    await registry.close();
  }
};

/** `127.0.0.1:5000`, `:5000` (every address), `5000`, `[::1]:5000`. */
export function parseListen(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9a-fA-F:]+)\]|([\w.-]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw usageError(`Cannot use --listen ${text}: it must be HOST:PORT`);
  if (!text.includes(":")) return { host: "127.0.0.1", port };
  return { host: bracketed ?? (plain || "0.0.0.0"), port };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
