// A process of its own for local-store-processes.test.ts: `node store-process.fixture.ts <root> <task> <argument>`.
import { digestOf } from "@tsbuild/oci";
import { openLocalStore } from "./local-store.ts";

const [root = "", task = "", argument = ""] = process.argv.slice(2);
const store = await openLocalStore(root);

async function* slowly(pieces: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < pieces; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.alloc(64 << 10, i);
  }
}

switch (task) {
  case "write": {
    const { digest } = await store.write(slowly(Number(argument)));
    console.log(digest);
    break;
  }
  case "hang": {
    // Writes half a blob, says so, and waits to be killed.
    const folder = await store.temporaryFolder();
    await store.write(
      (async function* () {
        for (let i = 0; i < 32; i++) yield Buffer.alloc(1 << 20, i);
        console.log(folder.path);
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      })(),
    );
    break;
  }
  case "tag":
    for (let i = 0; i < 10; i++) {
      const text = `${argument}-${i}`;
      const target = { mediaType: "application/x", digest: digestOf(text), size: text.length };
      await store.tags.tag("shared", target);
      await store.tags.tag(text, target);
    }
    break;
}
await store[Symbol.asyncDispose]();
