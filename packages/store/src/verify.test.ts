import { digestOf } from "@tsbuild/oci";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, descriptorOf, textOf } from "./blobs.fixture.ts";
import { readAll } from "./read-all.ts";
import { isVerified, verify, verifyLater, watch } from "./verify.ts";

const hello = descriptorOf("hello");

describe("verify", () => {
  it("passes the right bytes on, however they are cut", async () => {
    expect(await textOf(verify(bytesOf("", "he", "", "llo", ""), hello))).toBe("hello");
    expect(await textOf(verify(bytesOf("hello"), { digest: hello.digest }))).toBe("hello");
    expect(await textOf(verify(bytesOf(), descriptorOf("")))).toBe("");
  });

  it("knows SHA-512", async () => {
    const expected = { digest: digestOf("hello", "sha512"), size: 5 };
    expect(await textOf(verify(bytesOf("hello"), expected))).toBe("hello");
    await expect(textOf(verify(bytesOf("jello"), expected))).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
  });

  it.each([
    [["jello"], "DIGEST_MISMATCH"],
    [["hell"], "SIZE_MISMATCH"],
    [[], "SIZE_MISMATCH"],
    [["hello", "!"], "SIZE_MISMATCH"],
    [["hello!"], "SIZE_MISMATCH"],
  ])("refuses %j with %s", async (pieces, code) => {
    await expect(textOf(verify(bytesOf(...pieces), hello))).rejects.toMatchObject({
      code,
      facts: { digest: hello.digest },
    });
  });

  it("detects any flipped bit, cut or addition before the last chunk is out", async () => {
    const damage = fc.record({ at: fc.nat(99), bit: fc.nat(7), kind: fc.constantFrom("flip", "cut", "add") });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: 100 }), async ({ at, bit, kind }, chunk) => {
        const good = Buffer.alloc(100, "x");
        const expected = descriptorOf(good);
        let bad = Buffer.from(good);
        if (kind === "flip") bad[at] = (bad[at] ?? 0) ^ (1 << bit);
        else bad = kind === "cut" ? bad.subarray(0, at) : Buffer.concat([bad, Buffer.alloc(at + 1)]);
        const pieces = Array.from({ length: Math.ceil(bad.length / chunk) }, (_, i) =>
          bad.subarray(i * chunk, (i + 1) * chunk),
        );
        let seen = 0;
        const reading = (async () => {
          for await (const piece of verify(bytesOf(...pieces), expected)) seen += piece.length;
        })();
        await expect(reading).rejects.toThrow(/^Cannot read blob/);
        expect(seen).toBeLessThan(expected.size);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("stops reading as soon as there are too many bytes", async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked++;
        yield Buffer.from("xxxx");
      }
    }
    await expect(textOf(verify(endless(), hello))).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
    expect(asked).toBe(2);
  });

  it("closes its source when the reader leaves", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("x");
      } finally {
        closed = true;
      }
    }
    for await (const _ of verify(source(), { digest: hello.digest })) break;
    expect(closed).toBe(true);
  });

  it("does not check the same promise twice, but every other", async () => {
    const once = verify(bytesOf("hello"), hello);
    expect(verify(once, hello)).toBe(once);
    const wrongSize = verify(once, { ...hello, size: 6 });
    expect(wrongSize).not.toBe(once);
    await expect(textOf(wrongSize)).rejects.toMatchObject({ code: "SIZE_MISMATCH" });
  });
});

describe("isVerified", () => {
  it("believes only what verify made", () => {
    const bytes = bytesOf("hello");
    expect(isVerified(bytes, hello.digest)).toBe(false);
    expect(isVerified(verify(bytes, hello), hello.digest, 5)).toBe(true);
    expect(isVerified(verify(bytes, hello), digestOf("other"))).toBe(false);
    expect(isVerified(Object.assign(bytes, { digest: hello.digest, size: 5 }), hello.digest)).toBe(false);
  });
});

describe("watch", () => {
  it("keeps the promise of verified bytes, and makes none for others", async () => {
    let seen = 0;
    const watched = watch(verify(bytesOf("he", "llo"), hello), (chunk) => (seen += chunk.length));
    expect(isVerified(watched, hello.digest, 5)).toBe(true);
    expect(await textOf(watched)).toBe("hello");
    expect(seen).toBe(5);
    expect(
      isVerified(
        watch(bytesOf("hello"), () => {}),
        hello.digest,
      ),
    ).toBe(false);
  });
});

describe("verifyLater", () => {
  it("checks a source that does not check itself", async () => {
    const bytes = verifyLater(hello, async () => bytesOf("jello"));
    await expect(textOf(bytes)).rejects.toMatchObject({ code: "DIGEST_MISMATCH" });
  });
});

describe("readAll", () => {
  it("gives all bytes up to the limit, and an error above it", async () => {
    expect((await readAll(bytesOf("he", "llo"), 5)).toString()).toBe("hello");
    await expect(readAll(bytesOf("he", "llo"), 4)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});
