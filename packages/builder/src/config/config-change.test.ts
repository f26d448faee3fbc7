import { describe, expect, it } from "vitest";
import { applyConfigChange } from "./config-change.ts";

describe("applyConfigChange", () => {
  it("replaces a variable in place and appends a new one", () => {
    const config = { Env: ["PATH=/bin", "A=1", "B=2"] };
    const changed = applyConfigChange(config, { kind: "env", key: "A", value: "x=y" });
    expect(changed.Env).toEqual(["PATH=/bin", "A=x=y", "B=2"]);
    expect(applyConfigChange(changed, { kind: "env", key: "C", value: "" }).Env?.at(-1)).toBe("C=");
    expect(config.Env[1]).toBe("A=1");
  });

  it("does not take a variable for another whose name begins alike", () => {
    expect(applyConfigChange({ Env: ["AB=1"] }, { kind: "env", key: "A", value: "2" }).Env).toEqual([
      "AB=1",
      "A=2",
    ]);
  });

  it("drops an inherited CMD when ENTRYPOINT is set, and keeps one of the same stage", () => {
    const entrypoint = { kind: "entrypoint", args: ["/run"] } as const;
    expect(applyConfigChange({ Cmd: ["a"] }, { ...entrypoint, keepCmd: false })).toEqual({
      Entrypoint: ["/run"],
    });
    expect(applyConfigChange({ Cmd: ["a"] }, { ...entrypoint, keepCmd: true }).Cmd).toEqual(["a"]);
  });

  it("takes an empty ENTRYPOINT away", () => {
    const change = { kind: "entrypoint", args: [], keepCmd: false } as const;
    expect(applyConfigChange({ Entrypoint: ["/run"], Cmd: ["a"] }, change)).toEqual({});
  });

  it("keeps ports and volumes sorted and once each", () => {
    const ports = applyConfigChange(
      { ExposedPorts: { "80/tcp": {} } },
      { kind: "expose", ports: ["443/tcp", "80/tcp"] },
    );
    expect(Object.keys(ports.ExposedPorts ?? {})).toEqual(["443/tcp", "80/tcp"]);
    const volumes = applyConfigChange({}, { kind: "volume", paths: ["/b", "/a"] });
    expect(Object.keys(volumes.Volumes ?? {})).toEqual(["/a", "/b"]);
  });

  it("lets unknown fields survive", () => {
    const config = { Domainname: "x", User: "a" };
    expect(applyConfigChange(config, { kind: "user", user: "b" })).toEqual({ Domainname: "x", User: "b" });
  });
});
