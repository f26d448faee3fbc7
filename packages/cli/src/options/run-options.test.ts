import { describe, expect, it } from "vitest";
import { parseExtraHosts } from "./extra-hosts.ts";
import { parseMemorySize } from "./memory-size.ts";
import { readRunOptions } from "./run-options.ts";

describe("readRunOptions", () => {
  it("gives the defaults when nothing is said, and docker's words for them", () => {
    const defaults = { network: "default", isolation: "auto" };
    expect(readRunOptions({})).toEqual(defaults);
    expect(readRunOptions({ network: "", isolation: "", shmSize: "0" })).toEqual(defaults);
    expect(readRunOptions({ network: "default", isolation: "Process", addHost: [] })).toEqual(defaults);
  });

  it("reads what is said", () => {
    const options = { network: "none", isolation: "namespaces", shmSize: "1g", addHost: ["db:10.0.0.1"] };
    expect(readRunOptions(options)).toEqual({
      network: "none",
      isolation: "namespaces",
      shmBytes: 1 << 30,
      extraHosts: [{ name: "db", address: "10.0.0.1" }],
    });
    expect(readRunOptions({ network: "host" }).network).toBe("host");
  });
});

describe("parseExtraHosts", () => {
  it.each([
    ["db:10.0.0.1", [["db", "10.0.0.1"]]],
    ["db=10.0.0.1", [["db", "10.0.0.1"]]],
    ["db:::1", [["db", "::1"]]],
    ["db:[::1]", [["db", "::1"]]],
    ["db=[2001:db8::1]", [["db", "2001:db8::1"]]],
    ["db=[10.0.0.1]", [["db", "10.0.0.1"]]],
    [
      "db=10.0.0.1,[::1],::2",
      [
        ["db", "10.0.0.1"],
        ["db", "::1"],
        ["db", "::2"],
      ],
    ],
    ["a_b.example:1.1.1.1", [["a_b.example", "1.1.1.1"]]],
  ])("reads %s", (text, expected) => {
    expect(parseExtraHosts([text])).toEqual(expected.map(([name, address]) => ({ name, address })));
  });

  it("keeps the order, and what is given twice", () => {
    const hosts = parseExtraHosts(["b:1.1.1.1", "a:2.2.2.2", "b:3.3.3.3"]);
    expect(hosts.map(({ name }) => name)).toEqual(["b", "a", "b"]);
  });

  it.each([
    ["", "not host:address"],
    ["db", "not host:address"],
    ["db:", "not host:address"],
    [":10.0.0.1", "not host:address"],
    ["=10.0.0.1", "not host:address"],
    ["db:10.0.0", "neither an IPv4"],
    ["db:10.0.0.01", "neither an IPv4"],
    ["db:fe80::1%eth0", "neither an IPv4"],
    ["db:[]", "neither an IPv4"],
    ["db:1.1.1.1,", "neither an IPv4"],
    ["db:other", "neither an IPv4"],
    ["db:host-gateway", "say db:127.0.0.1"],
    ["a b:1.1.1.1", "is no host name"],
    ["a\nb:1.1.1.1", "is no host name"],
    ["a#b:1.1.1.1", "is no host name"],
  ])("refuses %j", (text, reason) => {
    expect(() => parseExtraHosts([text])).toThrow(reason);
  });
});

describe("parseMemorySize", () => {
  it.each([
    [undefined, undefined],
    ["0", 0],
    ["1000", 1000],
    ["64m", 64 << 20],
    ["64M", 64 << 20],
    ["64mb", 64 << 20],
    ["64 MiB", 64 << 20],
    ["1.5g", 1.5 * 2 ** 30],
    [".5k", 512],
    ["10b", 10],
    ["2t", 2 ** 41],
  ])("reads %j", (text, bytes) => {
    expect(parseMemorySize(text, "--shm-size")).toBe(bytes);
  });

  it.each(["", "m", "-1", "64x", "64mbb", "64ib", "1,5g", "64  m", "1e3", "0x10"])("refuses %j", (text) => {
    expect(() => parseMemorySize(text, "--shm-size")).toThrow(
      `Cannot read --shm-size ${text}: it is no size`,
    );
  });

  it("refuses what no machine has", () => {
    expect(() => parseMemorySize("9999999p", "--shm-size")).toThrow("no machine has so much");
  });
});
