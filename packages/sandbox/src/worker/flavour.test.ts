import { describe, expect, it } from "vitest";
import { chooseFlavour, formatFlavour, isOutdated } from "./flavour.ts";

const facts = {
  bootId: "8a3c1e52-9e47-4f9e-8f43-94a3ff51a0ba\n",
  userNamespace: "user:[4026531837]",
  idMaps: "         0          0 4294967295\n         0          0 4294967295\n",
};
const inside = {
  ...facts,
  userNamespace: "user:[4026532178]",
  idMaps: "         0       1000          1\n         1     100000      65536\n",
};

describe("the flavour of unpacked layers", () => {
  it("of root is one of trusted attributes and true owners", () => {
    expect(formatFlavour(chooseFlavour(facts))).toMatch(/^[0-9a-f]{8}-trusted-root$/);
  });

  it("in a user namespace is one of user attributes, and another for other IDs", () => {
    const flavour = chooseFlavour(inside);
    expect(formatFlavour(flavour)).toMatch(/^[0-9a-f]{8}-user-[0-9a-f]{8}$/);
    expect(chooseFlavour({ ...inside, idMaps: inside.idMaps.replace("1000", "1001") })).not.toEqual(flavour);
    expect(chooseFlavour({ ...inside, idMaps: "0 1000 1\n1 100000 65536\n" })).toEqual(flavour);
  });

  it("is one of a user namespace also where all IDs are what they are outside", () => {
    expect(chooseFlavour({ ...facts, userNamespace: inside.userNamespace }).attributes).toBe("user");
  });

  it("is another after a boot, and only folders of its own kind are outdated then", () => {
    const [before, after] = [facts, { ...facts, bootId: "another" }].map(chooseFlavour);
    if (before === undefined || after === undefined) throw new Error("there are two");
    expect(isOutdated(formatFlavour(before), after)).toBe(true);
    expect(isOutdated(formatFlavour(after), after)).toBe(false);
    expect(isOutdated(formatFlavour(chooseFlavour(inside)), after)).toBe(false);
    for (const name of ["", "x", "12345678-trusted", "1234567-trusted-root", "12345678-trusted-root-x"])
      expect(isOutdated(name, after)).toBe(false);
  });
});
