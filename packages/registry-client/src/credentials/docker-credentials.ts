// Where credentials are looked for, in order: what CI sets, what the user configured, what other builders
// left behind. The first place that knows the registry wins.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../http/proxy.ts";
import { RegistryError } from "../registry-error.ts";
import { askCredentialHelper } from "./credential-helper.ts";
import type { Credentials, CredentialSource } from "./credential-source.ts";
import { findHelper, findInAuths, parseDockerConfig, type DockerConfig } from "./docker-config.ts";

const kanikoConfig = "/kaniko/.docker/config.json";

/** The files, most specific first. `$DOCKER_CONFIG` takes the place of `~/.docker`, as for docker. */
export function credentialFiles(env: Environment): string[] {
  const home = env["HOME"] ?? homedir();
  const set = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const dockerConfig = set("DOCKER_CONFIG");
  const authFile = set("REGISTRY_AUTH_FILE");
  const runtime = set("XDG_RUNTIME_DIR");
  return [
    ...(authFile === undefined ? [] : [authFile]),
    join(dockerConfig ?? join(home, ".docker"), "config.json"),
    ...(runtime === undefined ? [] : [join(runtime, "containers/auth.json")]),
    join(set("XDG_CONFIG_HOME") ?? join(home, ".config"), "containers/auth.json"),
    kanikoConfig,
  ];
}

/**
 * Credentials as docker, podman and kaniko find them: `$DOCKER_AUTH_CONFIG` (the JSON itself, as GitLab sets
 * it), then {@link credentialFiles}; in each place `credHelpers`, `credsStore`, `auths`. Files are read when
 * a registry first asks, and once.
 */
export function dockerCredentials(
  options: { env?: Environment; files?: readonly string[] } = {},
): CredentialSource {
  const env = options.env ?? process.env;
  const files = options.files ?? credentialFiles(env);
  let configs: Promise<DockerConfig[]> | undefined;
  return {
    async find(registry, repository) {
      configs ??= readConfigs(env, files);
      for (const config of await configs) {
        const found = await findIn(config, registry, repository, env);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

async function findIn(
  config: DockerConfig,
  registry: string,
  repository: string,
  env: Environment,
): Promise<Credentials | undefined> {
  const helper = findHelper(config, registry);
  const helped =
    helper === undefined ? undefined : await askCredentialHelper(helper.name, helper.serverUrl, env);
  return helped ?? findInAuths(config, registry, repository);
}

async function readConfigs(env: Environment, files: readonly string[]): Promise<DockerConfig[]> {
  const configs: DockerConfig[] = [];
  const inline = env["DOCKER_AUTH_CONFIG"];
  if (inline !== undefined && inline.trim() !== "")
    configs.push(parseDockerConfig(inline, "DOCKER_AUTH_CONFIG"));
  for (const path of files) {
    const text = await readIfThere(path);
    if (text !== undefined && text.trim() !== "") configs.push(parseDockerConfig(text, path));
  }
  return configs;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new RegistryError("CREDENTIALS", `Cannot read credentials from ${path}: ${String(code)}`, {
      cause,
    });
  }
}
