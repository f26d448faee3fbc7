import { describe, expect, it } from "vitest";
import { parseOutput } from "./output-option.ts";

const output = (text: string) => parseOutput(text, "/home/me").output;

describe("parseOutput", () => {
  it.each([
    ["out", { type: "local", dest: "/home/me/out" }],
    ["/abs", { type: "local", dest: "/abs" }],
    ["-", { type: "tar", dest: "-" }],
    ["type=local,dest=out", { type: "local", dest: "/home/me/out" }],
    ['type=local,"dest=a,b"', { type: "local", dest: "/home/me/a,b" }],
    ["type=tar,dest=a.tar", { type: "tar", dest: "/home/me/a.tar" }],
    ["type=tar", { type: "tar", dest: "-" }],
    ["type=oci,dest=a.tar", { type: "oci", dest: "/home/me/a.tar", tar: true }],
    ["type=oci", { type: "oci", dest: "-", tar: true }],
    ["type=oci,dest=a,tar=false", { type: "oci", dest: "/home/me/a", tar: false }],
    ["type=docker,dest=-", { type: "docker", dest: "-" }],
    [
      "type=docker,dest=a.tar,name=app",
      { type: "docker", dest: "/home/me/a.tar", names: ["docker.io/library/app:latest"] },
    ],
    ["type=image", { type: "image", push: false }],
    ["type=image,push=true", { type: "image", push: true }],
    ["type=registry", { type: "image", push: true }],
    ["type=registry,push=false", { type: "image", push: false }],
    ["TYPE=image,PUSH=t", { type: "image", push: true }],
    // One field that does not begin with "type=" is a folder, whatever it looks like.
    ["dest=out", { type: "local", dest: "/home/me/dest=out" }],
    ["type=image,unpack=true,oci-mediatypes=true", { type: "image", push: false }],
    [
      'type=image,"name=a.io/x:1,b.io/y"',
      { type: "image", push: false, names: ["a.io/x:1", "b.io/y:latest"] },
    ],
    ["type=cacheonly", undefined],
  ])("reads %s", (text, expected) => {
    expect(output(text)).toEqual(expected);
  });

  it.each([
    ["", "it is empty"],
    ["dest=out,tar=true", "type= is missing"],
    ["type=local", "dest=FOLDER is missing"],
    ["type=local,dest=-", "dest=FOLDER is missing"],
    ["type=oci,tar=false", "dest=FOLDER is missing"],
    ["type=docker", "give dest=FILE"],
    ["type=docker,tar=false,dest=x", "type=oci,tar=false"],
    ["type=podman", 'no type "podman"'],
    ["type=image,push=maybe", "neither true nor false"],
    ["type=image,colour=red", "the attribute colour is not known"],
    ["type=tar,push=true", "the attribute push is not known"],
    ["type=image,dest=x", "the attribute dest is not known"],
    ["type=image,compression=estargz", "use gzip"],
    ["type=image,force-compression=true", "later release"],
    ["type=image,oci-mediatypes=false", "OCI media types only"],
    ["type=image,push-by-digest=true", "--digest-file"],
    ["type=image,name=UPPER", "lower case"],
    ["type=local,dest", "not key=value"],
    ["type=local,dest=out,platform-split=false", "later release"],
  ])("refuses %j", (text, reason) => {
    expect(() => parseOutput(text, "/home/me")).toThrow(reason);
  });

  it("reads what an output says about layers and annotations", () => {
    const request = parseOutput(
      "type=registry,compression=zstd,compression-level=3,rewrite-timestamp=true,annotation.a=1,annotation-index.b=2,registry.insecure=true",
      "/",
    );
    expect(request).toMatchObject({
      compression: { kind: "zstd", level: 3 },
      rewriteTimestamp: true,
      annotations: { a: "1", "index:b": "2" },
      insecure: true,
    });
  });
});
