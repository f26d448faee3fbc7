import { execFile } from "node:child_process";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startRegistry } from "@tsbuild/registry";
import { MemoryStore } from "@tsbuild/store";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createRegistryClient, type RegistryClientOptions } from "./client.ts";
import { anonymous } from "./credentials/credential-source.ts";

const run = promisify(execFile);
let folder: string;
let certificate: string;
let tls: { host: string; seen: IncomingMessage[]; close(): void };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsbuild-tls-"));
  const args =
    "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
  await run("openssl", args.split(" "), { cwd: folder });
  certificate = await readFile(join(folder, "ca.pem"), "utf8");
  const seen: IncomingMessage[] = [];
  const server = createTlsServer(
    { cert: certificate, key: await readFile(join(folder, "key.pem")) },
    (request, response) => {
      seen.push(request);
      response.writeHead(404).end();
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  tls = { host: `localhost:${(server.address() as AddressInfo).port}`, seen, close: () => server.close() };
});
afterAll(async () => {
  tls.close();
  await rm(folder, { recursive: true });
});

async function resolveAt(host: string, options: RegistryClientOptions): Promise<unknown> {
  const client = createRegistryClient({
    credentials: anonymous,
    env: {},
    certificateFolders: [],
    retry: { attempts: 1 },
    ...options,
  });
  try {
    return await client.repository(`${host}/app`).resolve("latest");
  } finally {
    await client.close();
  }
}

const overTls = { plainHttp: () => false };

describe("TLS", () => {
  it("does not trust an unknown certificate, and says what to do", async () => {
    await expect(resolveAt(tls.host, overTls)).rejects.toMatchObject({ code: "TLS" });
    await expect(resolveAt(tls.host, overTls)).rejects.toThrow(`certs.d/${tls.host}/ca.crt`);
  });

  it("is not switched off for everybody by NODE_TLS_REJECT_UNAUTHORIZED", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      await expect(resolveAt(tls.host, overTls)).rejects.toMatchObject({ code: "TLS" });
    } finally {
      delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    }
  });

  it("trusts a CA given by option, and by certs.d for that host only", async () => {
    expect(await resolveAt(tls.host, { ...overTls, ca: certificate })).toBeUndefined();
    const certs = join(folder, "certs.d");
    await mkdir(join(certs, tls.host), { recursive: true });
    await writeFile(join(certs, tls.host, "ca.crt"), certificate);
    expect(await resolveAt(tls.host, { ...overTls, certificateFolders: [certs] })).toBeUndefined();
    await rm(join(certs, tls.host), { recursive: true });
    await mkdir(join(certs, "localhost:1"), { recursive: true });
    await writeFile(join(certs, "localhost:1", "ca.crt"), certificate);
    await expect(resolveAt(tls.host, { ...overTls, certificateFolders: [certs] })).rejects.toMatchObject({
      code: "TLS",
    });
  });

  it("verifies nothing at an insecure registry, by exact host and port", async () => {
    expect(await resolveAt(tls.host, { ...overTls, insecureRegistries: [tls.host] })).toBeUndefined();
    for (const other of ["localhost", "localhost:1", "*"]) {
      await expect(resolveAt(tls.host, { ...overTls, insecureRegistries: [other] })).rejects.toMatchObject({
        code: "TLS",
      });
    }
  });

  it("does not spread an insecure registry's exception to where it redirects", async () => {
    const origin = `https://${tls.host}`;
    const registry = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => registry.close());
    registry.faults.add({ method: "HEAD", fault: { kind: "redirect", origin } });
    await expect(resolveAt(registry.host, { insecureRegistries: [registry.host] })).rejects.toMatchObject({
      code: "TLS",
    });
  });
});

describe("plain HTTP", () => {
  it("is never tried unasked", async () => {
    const registry = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => registry.close());
    await expect(resolveAt(registry.host, overTls)).rejects.toThrow(`--insecure-registry ${registry.host}`);
    expect(registry.requests).toEqual([]);
  });

  it("is used at an insecure registry that does not speak TLS", async () => {
    const registry = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => registry.close());
    expect(
      await resolveAt(registry.host, { ...overTls, insecureRegistries: [registry.host] }),
    ).toBeUndefined();
    expect(registry.requests).toHaveLength(1);
  });

  it("is used at loopback addresses and localhost", async () => {
    const registry = await startRegistry({ store: new MemoryStore() });
    onTestFinished(() => registry.close());
    expect(await resolveAt(registry.host, {})).toBeUndefined();
    expect(await resolveAt(registry.host.replace("127.0.0.1", "localhost"), {})).toBeUndefined();
  });
});

describe("a client", () => {
  it("says when nobody is there", async () => {
    const registry = await startRegistry({ store: new MemoryStore() });
    await registry.close();
    await expect(resolveAt(registry.host, {})).rejects.toMatchObject({ code: "UNREACHABLE" });
    await expect(resolveAt(registry.host, {})).rejects.toThrow("check that the registry is running");
  });

  it("goes through a proxy, with its credentials, and never tells it the registry's TLS traffic", async () => {
    const connects: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket, head) => {
      connects.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      const upstream = connect(Number(tls.host.split(":")[1]), "localhost", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as AddressInfo;
    const env = { HTTPS_PROXY: `http://user:p%40ss@127.0.0.1:${port}` };
    try {
      await expect(resolveAt("registry.example", { env, ca: certificate })).rejects.toMatchObject({
        code: "TLS",
      });
      expect(connects).toEqual([`registry.example:443 Basic ${Buffer.from("user:p@ss").toString("base64")}`]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it("keeps no socket after it is closed, and takes no request", async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const client = createRegistryClient({ credentials: anonymous, env: {} });
    const repository = client.repository(`127.0.0.1:${(server.address() as AddressInfo).port}/app`);
    await repository.resolve("latest");
    await client.close();
    // Resolves only when every connection has ended.
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await expect(repository.resolve("latest")).rejects.toThrow("closed");
  });

  it("asks registry-1.docker.io for docker.io", async () => {
    const connects: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      connects.push(request.url);
      socket.end("HTTP/1.1 403 no\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    await expect(resolveAt("docker.io/library", { env })).rejects.toThrow("Cannot reach");
    expect(connects).toEqual(["registry-1.docker.io:443"]);
    proxy.close();
  });
});
