import { layerOf, RootFs, type LayerLiteral } from "@tsbuild/rootfs";
import { describe, expect, it } from "vitest";
import { mountPoints } from "./mount-points.ts";

function pointsIn(image: LayerLiteral) {
  const points = mountPoints(RootFs.empty.withLayer(layerOf(image)), ["etc/resolv.conf"]);
  const rows = [...points.stubs.changes()].map((change) =>
    change.kind === "put"
      ? `${change.entry.path} ${change.entry.kind} ${change.entry.mode.toString(8)}`
      : "?",
  );
  return { rows, phantoms: [...points.phantoms], file: points.files.get("etc/resolv.conf") };
}

describe("mount points", () => {
  it("have the attributes of the image's folders", () => {
    const { rows, phantoms, file } = pointsIn({
      "dev/": { mode: 0o700 },
      "proc/": { mode: 0o555 },
      "sys/": {},
      "etc/": { mode: 0o711 },
      "etc/resolv.conf": "nameserver 1.1.1.1",
    });
    expect(rows).toEqual([
      "dev directory 700",
      "etc directory 711",
      "etc/resolv.conf file 644",
      "proc directory 555",
      "sys directory 755",
    ]);
    expect(phantoms).toEqual([]);
    expect(file).toBe("etc/resolv.conf");
  });

  it("are made where the image has nothing, and that is remembered", () => {
    expect(pointsIn({}).phantoms).toEqual(["dev", "proc", "sys", "etc", "etc/resolv.conf"]);
  });

  it("lie behind the image's links, inside of the image", () => {
    const { file, phantoms } = pointsIn({
      "etc/": {},
      "etc/resolv.conf": "-> ../../../../run/systemd/stub.conf",
      "run/": {},
    });
    expect(file).toBe("run/systemd/stub.conf");
    expect(phantoms).toContain("run/systemd");
    expect(phantoms).not.toContain("run");
  });

  it("cover /dev, /proc and /sys when these are links", () => {
    const { rows, phantoms } = pointsIn({ dev: "-> /tmp/victim", proc: "-> /tmp/victim", "sys/": {} });
    expect(rows).toContain("dev directory 755");
    expect(rows).toContain("proc directory 755");
    expect(phantoms).not.toContain("dev");
  });

  it("follow a folder that is a link", () => {
    expect(pointsIn({ etc: "-> /tmp/victim", "tmp/": {} }).file).toBe("tmp/victim/resolv.conf");
  });

  it("leave a file out whose place is covered by another mount", () => {
    expect(pointsIn({ "etc/": {}, "etc/resolv.conf": "-> /dev/null" }).file).toBeUndefined();
  });

  it("cannot be where the image has a folder", () => {
    expect(() => pointsIn({ "etc/": {}, "etc/resolv.conf/": {} })).toThrow("it is a folder in the image");
  });
});
