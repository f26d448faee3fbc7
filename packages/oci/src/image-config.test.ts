import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { configSizeLimit, parseImageConfig } from "./image-config.ts";
import { encodeJson } from "./json.ts";

const diffId = digestOf("tar");
const minimal = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [diffId] } };

describe("parseImageConfig", () => {
  it("keeps every member that it does not know, in its place", () => {
    const text = JSON.stringify({
      "moby.buildkit.cache.v0": "x",
      created: "2026-01-01T00:00:00.123456789Z",
      ...minimal,
      config: {
        Hostname: "",
        Env: ["PATH=/bin"],
        Healthcheck: { Test: ["CMD", "x"], Interval: 5e9, Future: 1 },
        ExposedPorts: { "80/tcp": {} },
        Volumes: { "/data": {} },
        Labels: { a: "b" },
        Entrypoint: ["/x"],
        AttachStdin: false,
      },
      history: [{ created_by: "x", empty_layer: true, note: null }],
      docker_version: "20",
      container_config: { Cmd: null },
    });
    expect(JSON.stringify(parseImageConfig(new TextEncoder().encode(text)))).toBe(text);
  });

  it("takes null for absent, as Docker writes it", () => {
    const config = {
      Env: null,
      Cmd: ["sh"],
      Entrypoint: null,
      Volumes: null,
      Labels: null,
      OnBuild: null,
      Healthcheck: null,
    };
    const body = { ...minimal, author: null, history: null, config };
    expect(parseImageConfig(encodeJson(body))).toEqual({ ...minimal, config: { Cmd: ["sh"] } });
    expect(parseImageConfig(encodeJson({ ...minimal, config: null }))).toEqual(minimal);
  });

  it("reads the null list of layers that Go writes for an empty image as an empty one", () => {
    const body = { ...minimal, rootfs: { type: "layers", diff_ids: null } };
    expect(parseImageConfig(encodeJson(body)).rootfs.diff_ids).toEqual([]);
  });

  it.each([
    ["no rootfs", { architecture: "a", os: "b" }, "rootfs"],
    ["another type of rootfs", { ...minimal, rootfs: { type: "base", diff_ids: [] } }, "rootfs.type"],
    [
      "a diffId that is a path",
      { ...minimal, rootfs: { type: "layers", diff_ids: ["sha256:../x"] } },
      "diff_ids.0",
    ],
    ["no architecture", { ...minimal, architecture: undefined }, "architecture"],
    ["a number for the system", { ...minimal, os: 1 }, "os"],
    ["text for Env", { ...minimal, config: { Env: "A=b" } }, "config.Env"],
    ["a null in Env", { ...minimal, config: { Env: ["A=b", null] } }, "config.Env.1"],
    ["text for Cmd", { ...minimal, config: { Cmd: "sh" } }, "config.Cmd"],
    ["a list of ports", { ...minimal, config: { ExposedPorts: ["80"] } }, "config.ExposedPorts"],
    ["a label that is no text", { ...minimal, config: { Labels: { a: 1 } } }, "config.Labels"],
    ["a list for config", { ...minimal, config: [] }, "config"],
    ["an object for history", { ...minimal, history: {} }, "history"],
    ["a list", [], "object"],
  ])("refuses %s with a typed error", (_, body, reason) => {
    expect(() => parseImageConfig(encodeJson(body))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(reason) }),
    );
  });

  it("refuses __proto__ and leaves every prototype alone", () => {
    const text = JSON.stringify(minimal).replace("{", '{"config":{"Labels":{"__proto__":{"polluted":"1"}}},');
    expect(() => parseImageConfig(new TextEncoder().encode(text))).toThrow(/__proto__/);
    expect("polluted" in {}).toBe(false);
  });

  it("refuses more than 8 MiB", () => {
    expect(() => parseImageConfig(new Uint8Array(configSizeLimit + 1))).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID" }),
    );
  });
});
