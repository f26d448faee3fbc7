import { startRegistry } from "@tsbuild/registry";
import { MemoryStore } from "@tsbuild/store";
import { blobStoreSuite } from "@tsbuild/store/blob-store.suite";
import { onTestFinished } from "vitest";
import { createRegistryClient } from "./client.ts";
import { anonymous } from "./credentials/credential-source.ts";

blobStoreSuite("Repository", async () => {
  const registry = await startRegistry({ store: new MemoryStore() });
  const client = createRegistryClient({ credentials: anonymous, env: {}, retry: { baseDelayMs: 1 } });
  onTestFinished(async () => {
    await client.close();
    await registry.close();
  });
  return client.repository(`${registry.host}/app`);
});
