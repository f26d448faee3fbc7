// docker's config.json and podman's auth.json: which entry belongs to a registry, and what it says.
// https://github.com/containers/image/blob/v5.36.0/docs/containers-auth.json.5.md
import { RegistryError } from "../registry-error.ts";
import type { Credentials } from "./credential-source.ts";

/** What of the file matters here. Everything else in it is none of our business. */
export interface DockerConfig {
  /** Where it was read from, for messages. */
  readonly origin: string;
  readonly auths: ReadonlyMap<string, unknown>;
  readonly credHelpers: ReadonlyMap<string, unknown>;
  readonly credsStore: string | undefined;
}

/** The key that docker keeps Docker Hub's credentials under, whatever the reference says. */
const dockerHubKey = "https://index.docker.io/v1/";
const dockerHubNames = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** @throws RegistryError `CREDENTIALS`; its message never quotes the file. */
export function parseDockerConfig(text: string, origin: string): DockerConfig {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's message quotes what it read, which may be a secret: no cause.
    throw invalid(origin, "it is not JSON");
  }
  if (!isRecord(value)) throw invalid(origin, "it is not a JSON object");
  const store = value["credsStore"];
  return {
    origin,
    auths: entries(value["auths"], origin, "auths"),
    credHelpers: entries(value["credHelpers"], origin, "credHelpers"),
    credsStore: typeof store === "string" && store !== "" ? store : undefined,
  };
}

/**
 * The keys under which credentials for `registry/repository` may stand, most specific first: podman's keys
 * may carry a path, docker's old ones a scheme and `/v1/`.
 */
function configKeys(registry: string, repository: string): string[] {
  const hosts = dockerHubNames.has(registry)
    ? ["docker.io", "index.docker.io", "registry-1.docker.io"]
    : [registry];
  const parts = repository === "" ? [] : repository.split("/");
  const keys: string[] = [];
  for (let length = parts.length; length > 0; length -= 1) {
    for (const host of hosts) keys.push(`${host}/${parts.slice(0, length).join("/")}`);
  }
  return [...keys, ...hosts];
}

/** Credentials among `auths`; an entry that is there but empty (docker writes those beside a helper) is none. */
export function findInAuths(
  config: DockerConfig,
  registry: string,
  repository: string,
): Credentials | undefined {
  const byKey = new Map<string, unknown>();
  for (const [key, value] of config.auths) {
    const normal = normalizeKey(key);
    // The canonical spelling wins over its aliases.
    if (!byKey.has(normal) || key === normal || key === dockerHubKey) byKey.set(normal, value);
  }
  for (const key of configKeys(registry, repository)) {
    const found = byKey.get(key);
    const credentials = found === undefined ? undefined : readAuth(found, config.origin, key);
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** The helper that keeps the credentials of this registry, with the key to ask it for. */
export function findHelper(
  config: DockerConfig,
  registry: string,
): { name: string; serverUrl: string } | undefined {
  const isHub = dockerHubNames.has(registry);
  const serverUrl = isHub ? dockerHubKey : registry;
  for (const key of isHub ? [dockerHubKey, ...dockerHubNames] : [registry]) {
    const name = config.credHelpers.get(key);
    if (typeof name === "string" && name !== "") return { name, serverUrl };
  }
  return config.credsStore === undefined ? undefined : { name: config.credsStore, serverUrl };
}

function normalizeKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  return bare.replace(/\/v[12]$/, "");
}

function readAuth(value: unknown, origin: string, key: string): Credentials | undefined {
  if (!isRecord(value)) throw invalid(origin, `its entry for ${key} is not an object`);
  const text = (name: string): string | undefined => {
    const member = value[name];
    return typeof member === "string" && member !== "" ? member : undefined;
  };
  const identityToken = text("identitytoken");
  if (identityToken !== undefined) return { kind: "identity-token", token: identityToken };
  const registryToken = text("registrytoken");
  if (registryToken !== undefined) return { kind: "registry-token", token: registryToken };
  const auth = text("auth");
  if (auth !== undefined) return decodeAuth(auth, origin, key);
  const username = text("username");
  const password = text("password");
  if (username === undefined || password === undefined) return undefined;
  return { kind: "password", username, password };
}

function decodeAuth(auth: string, origin: string, key: string): Credentials {
  const pair = Buffer.from(auth, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon <= 0) throw invalid(origin, `"auth" of its entry for ${key} is not the base64 of user:password`);
  // docker pads with NUL.
  const password = pair.slice(colon + 1).replace(/\0+$/, "");
  return { kind: "password", username: pair.slice(0, colon), password };
}

function entries(value: unknown, origin: string, name: string): ReadonlyMap<string, unknown> {
  if (value === undefined || value === null) return new Map();
  if (!isRecord(value)) throw invalid(origin, `"${name}" is not an object`);
  return new Map(Object.entries(value));
}

function invalid(origin: string, reason: string): RegistryError {
  return new RegistryError("CREDENTIALS", `Cannot read credentials from ${origin}: ${reason}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
