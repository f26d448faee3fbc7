import { describe, expect, it } from "vitest";
import { parseDescriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import { encodeJson } from "./json.ts";

const descriptor = { mediaType: "application/x", digest: digestOf("x"), size: 1 };

describe("parseDescriptor", () => {
  it("keeps every member that it does not know", () => {
    const body = { ...descriptor, urls: ["https://x"], data: "eA==", future: [null] };
    expect(parseDescriptor(encodeJson(body))).toEqual(body);
  });

  it("takes null for absent where a member is optional", () => {
    expect(parseDescriptor(encodeJson({ ...descriptor, annotations: null }))).toEqual(descriptor);
  });

  it.each([
    null,
    [],
    {},
    { ...descriptor, size: -1 },
    { ...descriptor, digest: "x" },
    { ...descriptor, urls: "x" },
  ])("refuses %j", (body) => {
    expect(() => parseDescriptor(encodeJson(body))).toThrow(
      expect.objectContaining({ code: "DESCRIPTOR_INVALID" }),
    );
  });
});
