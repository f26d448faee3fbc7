// How registries are talked to: the flags that build, pull and push share, as options of the registry client.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, usageError } from "../cli-error.ts";
import type { ParsedOptions } from "./judge-flags.ts";
import { parseCount } from "./number-option.ts";
import { listOption, textOption } from "./read-options.ts";

export interface RegistrySettings {
  readonly insecureRegistries: readonly string[];
  /** PEM texts. */
  readonly certificates: readonly string[];
  /** Tries in all, 1 is no second try. */
  readonly attempts?: number | undefined;
}

/** Reads the certificate files too. */
export function readRegistrySettings(options: ParsedOptions, cwd: string): RegistrySettings {
  return {
    insecureRegistries: listOption(options, "insecureRegistry").map(checkHost),
    certificates: listOption(options, "registryCa").map((file) => readCertificates(file, cwd)),
    attempts: parseCount(textOption(options, "retry"), "--retry", 1),
  };
}

function checkHost(text: string): string {
  if (/^[\w.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(text)) return text;
  throw usageError(`Cannot use --insecure-registry ${text}: it must be HOST or HOST:PORT`);
}

function readCertificates(file: string, cwd: string): string {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    throw usageError(`Cannot read --registry-ca ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw usageError(`Cannot use --registry-ca ${file}: there is no PEM certificate in it`);
}
