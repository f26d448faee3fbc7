// What a command works with: the local store, and a registry client that is only loaded when it is needed.
import type { RegistryClient } from "@tsbuild/registry-client";
import type { LocalStore } from "@tsbuild/store";
import type { CommandIo } from "../command-io.ts";
import type { ParsedOptions } from "../options/judge-flags.ts";
import { textOption } from "../options/read-options.ts";
import { readRegistrySettings, type RegistrySettings } from "../options/registry-options.ts";
import { storeFolder } from "../options/store-folder.ts";
import { packageVersion } from "../package-version.ts";

export interface Session {
  readonly store: LocalStore;
  /** The one client of this run; `insecure` adds to its --insecure-registry when it is made. */
  registries(insecure?: readonly string[]): Promise<RegistryClient>;
}

/** Opens the store, does the work, closes everything that was opened. */
export async function withSession<T>(
  options: ParsedOptions,
  io: CommandIo,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = readRegistrySettings(options, io.cwd);
  const { openLocalStore } = await import("@tsbuild/store");
  const store = await openLocalStore(storeFolder(textOption(options, "store"), io));
  let client: Promise<RegistryClient> | undefined;
  try {
    return await work({
      store,
      registries(insecure = []) {
        client ??= openClient(
          { ...settings, insecureRegistries: [...settings.insecureRegistries, ...insecure] },
          io.env,
        );
        return client;
      },
    });
  } finally {
    await (await client)?.[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  }
}

async function openClient(settings: RegistrySettings, env: CommandIo["env"]): Promise<RegistryClient> {
  const { createRegistryClient } = await import("@tsbuild/registry-client");
  return createRegistryClient({
    insecureRegistries: settings.insecureRegistries,
    userAgent: `tsbuild/${packageVersion()}`,
    env,
    ...(settings.certificates.length > 0 ? { ca: settings.certificates } : {}),
    ...(settings.attempts === undefined ? {} : { retry: { attempts: settings.attempts } }),
  });
}
