import { describe, expect, it } from "vitest";
import { openScene, type Scene } from "../scene.fixture.ts";

const blobReads = (s: Scene) =>
  s.registry.requests.filter(({ method, path }) => method === "GET" && path.includes("/blobs/")).length;
const base = (text: string) =>
  ({
    kind: "put",
    entry: {
      path: "base",
      kind: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeSec: 0,
      mtimeNsec: 0,
      size: text.length,
      content: { kind: "bytes", bytes: Buffer.from(text) },
    },
  }) as const;

describe("COPY --link", () => {
  it("needs no layer of the base, and is found in the cache on top of another base", async () => {
    await using s = await openScene();
    s.write({ f: "1" });
    const [one, two] = [await s.pushBase("one", [base("1")]), await s.pushBase("two", [base("22")])];
    const text = (from: string) => `FROM ${from}\nCOPY --link f /opt/f\nADD --link f /opt/g\n`;
    const first = await s.build(text(one));
    const second = await s.build(text(two));
    expect(blobReads(s)).toBe(2); // the two configs
    expect([first.steps.cached, second.steps.cached - first.steps.cached]).toEqual([1, 2]);
    const [a, b] = [await s.layers(first), await s.layers(second)];
    expect(a.slice(1)).toEqual(b.slice(1));
    expect(a[0]).not.toEqual(b[0]);
  });

  it("is an ordinary copy together with --chmod, as in BuildKit", async () => {
    await using s = await openScene();
    s.write({ f: "1" });
    const text = `FROM ${await s.pushBase("one", [base("1")])}\nCOPY --link --chmod=600 f /opt/f\n`;
    await s.build(text);
    expect(blobReads(s)).toBe(2); // the config and the layer
  });
});
