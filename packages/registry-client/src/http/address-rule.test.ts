import type { LookupAddress } from "node:dns";
import type { lookup } from "node:dns";
import { describe, expect, it } from "vitest";
import {
  classifyAddress,
  classifyHost,
  guardedLookup,
  type AddressClass,
  type AddressRule,
} from "./address-rule.ts";

describe("classifyAddress", () => {
  const table: [string, AddressClass][] = [
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["10.1.2.3", "private"],
    ["172.31.0.1", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd12::1", "private"],
    ["127.0.0.1", "loopback"],
    ["127.9.9.9", "loopback"],
    ["0.0.0.0", "loopback"],
    ["::1", "loopback"],
    ["::", "loopback"],
    ["169.254.169.254", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["fd00:ec2::254", "link-local"],
    ["100.100.100.200", "link-local"],
    ["168.63.129.16", "link-local"],
    ["::ffff:169.254.169.254", "link-local"],
    ["::ffff:a9fe:a9fe", "link-local"],
    ["64:ff9b::a9fe:a9fe", "link-local"],
    ["2002:a9fe:a9fe::1", "link-local"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:8.8.8.8", "public"],
  ];
  it.each(table)("calls %s %s", (address, kind) => {
    expect(classifyAddress(address)).toBe(kind);
  });
});

describe("classifyHost", () => {
  it("knows address literals as URL spells them, and names of this machine", () => {
    for (const spelling of [
      "http://0x7f000001/",
      "http://2130706433/",
      "http://127.1/",
      "http://[::1]/",
      "http://localhost/",
    ]) {
      expect(classifyHost(new URL(spelling).hostname)).toBe("loopback");
    }
    expect(classifyHost("registry.example")).toBeUndefined();
  });
});

const onlyPublic: AddressRule = { name: "test", allows: (kind) => kind === "public" };

function resolving(...addresses: string[]): typeof lookup {
  const fake = (_: string, __: unknown, callback: (error: null, found: LookupAddress[]) => void): void =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  return fake as unknown as typeof lookup; // one of its overloads is all that is used
}

function ask(resolve: typeof lookup, all: boolean): Promise<unknown> {
  return new Promise((done, fail) => {
    guardedLookup(onlyPublic, resolve)("name.example", { all }, (error, found) =>
      error === null ? done(found) : fail(error),
    );
  });
}

describe("guardedLookup (go-containerregistry #2440)", () => {
  it("refuses a name that resolves to a metadata service", async () => {
    await expect(ask(resolving("169.254.169.254"), true)).rejects.toMatchObject({ code: "REFUSED" });
  });

  it("refuses when one of several answers is forbidden (DNS rebinding)", async () => {
    await expect(ask(resolving("8.8.8.8", "127.0.0.1"), true)).rejects.toMatchObject({ code: "REFUSED" });
    await expect(ask(resolving("8.8.8.8", "::ffff:10.0.0.1"), false)).rejects.toMatchObject({
      code: "REFUSED",
    });
  });

  it("answers in the form that was asked for", async () => {
    expect(await ask(resolving("8.8.8.8", "1.1.1.1"), true)).toHaveLength(2);
    expect(await ask(resolving("8.8.8.8", "1.1.1.1"), false)).toBe("8.8.8.8");
  });
});
