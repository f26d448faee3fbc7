// Debian's `docker-registry` on the loopback address, as a place to pull from and push to: started on a free port,
// stopped by its own process id, with its access log as evidence of what a client asked for.
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../machine/find-program.ts";
import { findFreePort } from "../machine/free-port.ts";

/** One line of the access log. */
export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

export interface DebianRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`: the first part of a reference. */
  readonly address: string;
  /** The folder that it keeps everything in. */
  readonly dataFolder: string;
  readonly pid: number;
  /** Every request since `mark` (default: since the start). */
  requests(mark?: number): Promise<RegistryRequest[]>;
  /** A place in the access log, for `requests`. */
  mark(): Promise<number>;
  stop(): Promise<void>;
}

/** `folder` keeps data, configuration and log; what is in it from an earlier run is served again. */
export async function startDebianRegistry(folder: string): Promise<DebianRegistry> {
  const program = findProgram("docker-registry");
  if (program === undefined) throw new Error("Cannot start a registry: docker-registry is not installed");
  const dataFolder = join(folder, "data");
  const logPath = join(folder, "access.log");
  await mkdir(dataFolder, { recursive: true });
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  await writeFile(join(folder, "config.yml"), configuration(dataFolder, address));

  const child = spawn(program, ["serve", join(folder, "config.yml")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {},
  });
  const log = createWriteStream(logPath, { flags: "w" });
  child.stdout.pipe(log);
  child.stderr.resume();
  try {
    await waitUntilItAnswers(address, child);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }

  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(5000).then(() => child.kill("SIGKILL"))]);
    await ended;
  };
  const readLog = async (): Promise<string> => {
    // The registry writes a line when an answer is complete, which may be after the client saw its end.
    await sleep(50);
    return readFile(logPath, "utf8");
  };
  return {
    address,
    dataFolder,
    pid: child.pid ?? -1,
    requests: async (mark = 0) => parseAccessLog((await readLog()).slice(mark)),
    mark: async () => (await readLog()).length,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function configuration(dataFolder: string, address: string): string {
  return JSON.stringify({
    version: "0.1",
    log: { level: "error", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: dataFolder }, delete: { enabled: true } },
    http: { addr: address },
  });
}

async function waitUntilItAnswers(address: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null)
      throw new Error(`Cannot start a registry: it ended with status ${child.exitCode}`);
    try {
      const response = await fetch(`http://${address}/v2/`);
      await response.arrayBuffer();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await sleep(25);
  }
  throw new Error(`Cannot start a registry: no answer from ${address}`);
}

/** The combined log format: `host - - [time] "GET /v2/ HTTP/1.1" 200 2 "referer" "agent"`. */
function parseAccessLog(log: string): RegistryRequest[] {
  const line = /"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) \S+ "[^"]*" "([^"]*)"/;
  return log.split("\n").flatMap((text) => {
    const match = line.exec(text);
    if (!match) return [];
    const [, method = "", path = "", status = "", userAgent = ""] = match;
    return [{ method, path, status: Number(status), userAgent }];
  });
}
