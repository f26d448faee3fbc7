import { describe, expect, it } from "vitest";
import type { Credentials } from "../credentials/credential-source.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { Authorizer } from "./authorizer.ts";

const password: Credentials = { kind: "password", username: "me", password: "secret" };
const pull = [{ repository: "app", access: "pull" }] as const;
const push = [{ repository: "app", access: "pull,push" }] as const;

function responding(status: number, text: string): (request: HttpRequest) => HttpResponse {
  return ({ url }) => ({
    status,
    url,
    header: () => undefined,
    body: (async function* () {
      yield Buffer.from(text);
    })(),
    discard: async () => {},
  });
}

function setUp(
  options: {
    credentials?: Credentials;
    registry?: string;
    answer?: (request: HttpRequest, nth: number) => HttpResponse;
  } = {},
): { authorizer: Authorizer; asked: HttpRequest[]; clock: { now: number } } {
  const asked: HttpRequest[] = [];
  const clock = { now: 0 };
  const answer = options.answer ?? ((r, n) => responding(200, `{"token":"t${n}","expires_in":100}`)(r));
  const authorizer = new Authorizer({
    registry: "r.example.com",
    baseUrl: new URL(options.registry ?? "https://r.example.com/"),
    credentials: { find: async () => options.credentials },
    trustedRealms: [],
    registryAddress: async () => "public",
    now: () => clock.now,
    send: async (request) => {
      asked.push(request);
      return answer(request, asked.length);
    },
  });
  return { authorizer, asked, clock };
}

const ours = 'Bearer realm="https://auth.example.com/token",service="reg",scope="repository:app:pull"';
const theirs = 'Bearer realm="https://attacker.test/token",service="reg",scope="repository:app:pull"';

describe("Authorizer", () => {
  it("sends nothing before it is challenged", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    expect(await authorizer.header(pull)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it("exchanges the password for a token at a realm of the same domain", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    expect(await authorizer.answer(ours, pull, undefined)).toBe("Bearer t1");
    expect(asked[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from("me:secret").toString("base64")}`);
    expect(asked[0]?.url.search).toContain("scope=repository%3Aapp%3Apull");
  });

  it("CVE-2026-48978: does not give the password to a realm elsewhere, and says so", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    await authorizer.answer(theirs, pull, undefined);
    expect(JSON.stringify(asked)).not.toContain(Buffer.from("me:secret").toString("base64"));
    expect(asked[0]?.headers).not.toHaveProperty("authorization");
    expect(asked[0]?.url.href).not.toContain("me");
    expect(authorizer.hint).toContain("attacker.test");
  });

  it("does not give a refresh token to a realm elsewhere either", async () => {
    const { authorizer, asked } = setUp({ credentials: { kind: "identity-token", token: "refresh-secret" } });
    await authorizer.answer(theirs, pull, undefined);
    expect(asked[0]?.method).toBe("GET");
    expect(asked[0]?.body).toBeUndefined();
  });

  it("sends no request at all to a forbidden realm", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    for (const realm of ["http://r.example.com/token", "https://169.254.169.254/", "nonsense"]) {
      await expect(authorizer.answer(`Bearer realm="${realm}"`, pull, undefined)).rejects.toMatchObject({
        code: "REFUSED",
      });
    }
    expect(asked).toEqual([]);
  });

  it("uses the POST grant for an identity token", async () => {
    const { authorizer, asked } = setUp({ credentials: { kind: "identity-token", token: "refresh" } });
    await authorizer.answer(ours, push, undefined);
    const body = asked[0]?.body?.open();
    expect(asked[0]?.method).toBe("POST");
    expect(new URLSearchParams(Buffer.from(body as Uint8Array).toString())).toEqual(
      new URLSearchParams(
        "grant_type=refresh_token&client_id=tsbuild&service=reg&scope=repository:app:pull,push&refresh_token=refresh",
      ),
    );
  });

  it("keeps one token for each scope: pull's is not used to push", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    await authorizer.answer(ours, pull, undefined);
    expect(await authorizer.header(pull)).toBe("Bearer t1");
    expect(await authorizer.header(push)).toBe("Bearer t2");
    expect(await authorizer.header([{ repository: "other", access: "pull" }])).toBe("Bearer t3");
    expect(asked).toHaveLength(3);
  });

  it("asks once for many requests that wait", async () => {
    const { authorizer, asked } = setUp({ credentials: password });
    const all = await Promise.all(Array.from({ length: 20 }, () => authorizer.answer(ours, pull, undefined)));
    expect(new Set(all)).toEqual(new Set(["Bearer t1"]));
    expect(asked).toHaveLength(1);
  });

  it("renews before the end, on a clock that never goes back", async () => {
    const { authorizer, clock } = setUp({ credentials: password });
    await authorizer.answer(ours, pull, undefined);
    clock.now = 89_000;
    expect(await authorizer.header(pull)).toBe("Bearer t1");
    clock.now = 91_000;
    expect(await authorizer.header(pull)).toBe("Bearer t2");
  });

  it("forgets a token that the registry refuses", async () => {
    const { authorizer } = setUp({ credentials: password });
    const first = await authorizer.answer(ours, pull, undefined);
    expect(await authorizer.answer(ours, pull, first)).toBe("Bearer t2");
  });

  it("does not keep a failure", async () => {
    const { authorizer } = setUp({
      credentials: password,
      answer: (request, nth) =>
        nth === 1 ? responding(401, "{}")(request) : responding(200, '{"access_token":"later"}')(request),
    });
    await expect(authorizer.answer(ours, pull, undefined)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    expect(await authorizer.answer(ours, pull, undefined)).toBe("Bearer later");
  });

  it("offers Basic only with a password, and nothing twice", async () => {
    const { authorizer } = setUp({ credentials: password });
    const header = await authorizer.answer('Basic realm="x"', pull, undefined);
    expect(header).toMatch(/^Basic /);
    expect(await authorizer.answer('Basic realm="x"', pull, header)).toBeUndefined();
    expect(await setUp().authorizer.answer('Basic realm="x"', pull, undefined)).toBeUndefined();
  });

  it.each(["{", "[]", "{}", '{"token":"a\\r\\nX: y"}', '{"token":5}', `"${"x".repeat(2 ** 20)}"`])(
    "refuses the token answer %.20s",
    async (text) => {
      const { authorizer } = setUp({ answer: responding(200, text) });
      await expect(authorizer.answer(ours, pull, undefined)).rejects.toMatchObject({ code: "PROTOCOL" });
    },
  );

  it("says when it does not know the scheme", async () => {
    await expect(setUp().authorizer.answer("Negotiate", pull, undefined)).rejects.toThrow("negotiate");
  });
});
