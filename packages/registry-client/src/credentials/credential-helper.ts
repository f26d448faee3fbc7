// docker-credential-<name>: the server's key goes in on standard input, JSON comes out.
// https://github.com/docker/docker-credential-helpers/blob/v0.9.3/README.md#development
import { spawn } from "node:child_process";
import type { Environment } from "../http/proxy.ts";
import { printable } from "../http/printable.ts";
import { RegistryError } from "../registry-error.ts";
import type { Credentials } from "./credential-source.ts";

const timeoutMs = 60_000;
const outputLimit = 1024 * 1024;
/** The user name by which a helper says that the secret is a refresh token. */
const tokenUser = "<token>";

/**
 * Asks the helper `name` for the credentials of `serverUrl`.
 *
 * @returns `undefined` when the helper has none
 * @throws RegistryError `CREDENTIALS` when it cannot be run, fails or answers nonsense; the message never
 *   quotes what it wrote on standard output
 */
export async function askCredentialHelper(
  name: string,
  serverUrl: string,
  env: Environment,
): Promise<Credentials | undefined> {
  // The name becomes part of an executable's name: it must not be a path or anything a shell could misread.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name.includes("..")) {
    throw failed(name, serverUrl, "a helper's name has letters, digits, dots, dashes and underscores only");
  }
  const result = await run(`docker-credential-${name}`, serverUrl, env).catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const reason = isMissing
      ? `docker-credential-${name} is not on the PATH; install it, or remove it from config.json`
      : "it cannot be run";
    throw failed(name, serverUrl, reason, error);
  });
  if (result.kind === "timeout")
    throw failed(name, serverUrl, `it did not answer within ${timeoutMs / 1000} s`);
  if (result.exitCode !== 0) {
    // Helpers report "not found" on standard output, by this text.
    if (result.stdout.includes("credentials not found")) return undefined;
    const words = printable(result.stderr.trim(), 200);
    throw failed(name, serverUrl, `it failed${words === "" ? "" : `: ${words}`}`);
  }
  return parseAnswer(result.stdout, name, serverUrl);
}

function parseAnswer(text: string, name: string, serverUrl: string): Credentials | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw failed(name, serverUrl, "its answer is not JSON");
  }
  if (typeof answer !== "object" || answer === null)
    throw failed(name, serverUrl, "its answer is not an object");
  const { Username: username, Secret: secret } = answer as { Username?: unknown; Secret?: unknown };
  if (typeof username !== "string" || typeof secret !== "string") {
    throw failed(name, serverUrl, "its answer lacks Username or Secret");
  }
  if (secret === "") return undefined;
  return username === tokenUser
    ? { kind: "identity-token", token: secret }
    : { kind: "password", username, password: secret };
}

type Ran = { kind: "done"; exitCode: number | null; stdout: string; stderr: string } | { kind: "timeout" };

async function run(command: string, input: string, env: Environment): Promise<Ran> {
  const child = spawn(command, ["get"], { env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (stdout.length > outputLimit) child.kill("SIGKILL");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, 4096);
  });
  // A helper may exit without reading its input.
  child.stdin.on("error", () => {});
  child.stdin.end(`${input}\n`);
  try {
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, killedBy) => resolve([code, killedBy]));
      },
    );
    if (signal === "SIGKILL" && stdout.length <= outputLimit) return { kind: "timeout" };
    return { kind: "done", exitCode, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

function failed(name: string, serverUrl: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError(
    "CREDENTIALS",
    `Cannot get credentials for ${serverUrl} from the credential helper ${JSON.stringify(name)}: ${reason}`,
    { cause },
  );
}
