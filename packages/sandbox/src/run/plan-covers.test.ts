import { describe, expect, it } from "vitest";
import { parseMountinfo } from "./parse-mountinfo.ts";
import { planCovers, type PlaceProbe } from "./plan-covers.ts";

const magic = { proc: 0x9fa0, sysfs: 0x62656572, tmpfs: 0x01021994 };

function probe(fileSystems: Record<string, number>, folders: readonly string[] = []): PlaceProbe {
  return {
    fileSystem: (path) => fileSystems[path],
    isFolder: (path) => folders.includes(path),
  };
}

const usual = "22 27 0:21 / /proc rw - proc proc rw\n23 27 0:22 / /sys rw - sysfs sysfs rw\n";

describe("planCovers", () => {
  it("mounts a folder of each upon itself, which changes nothing for who reads there", () => {
    const places = probe({ "/proc": magic.proc, "/sys": magic.sysfs }, ["/proc/sys", "/sys/kernel"]);
    expect(planCovers(parseMountinfo(usual), places)).toEqual({
      entries: [
        { source: "/proc/sys", target: "/proc/sys", type: "none", options: ["bind"] },
        { source: "/sys/kernel", target: "/sys/kernel", type: "none", options: ["bind"] },
      ],
      outOfReach: [],
    });
  });

  it("covers all of one that shows processes only", () => {
    const mounts = parseMountinfo("22 27 0:21 / /proc rw - proc proc rw,subset=pid\n");
    expect(planCovers(mounts, probe({ "/proc": magic.proc })).entries).toEqual([
      { source: "masked", target: "/proc", type: "tmpfs", options: ["ro", "size=0"] },
    ]);
  });

  it("finds them wherever they are, and passes over other mounts and parts of one", () => {
    const mounts = parseMountinfo(
      [
        "30 27 0:21 / /srv/chroot/proc rw - proc proc rw",
        "31 27 0:21 /sys /srv/other rw - proc proc rw",
        "32 27 0:50 / /dev/shm rw - tmpfs tmpfs rw",
      ].join("\n"),
    );
    const places = probe({ "/srv/chroot/proc": magic.proc }, ["/srv/chroot/proc/sys"]);
    expect(planCovers(mounts, places).entries.map(({ target }) => target)).toEqual(["/srv/chroot/proc/sys"]);
  });

  it("has nothing to do for one that is covered by another mount", () => {
    const mounts = parseMountinfo(
      "22 27 0:21 / /proc rw - proc proc rw\n40 22 0:50 / /proc rw - tmpfs tmpfs rw\n",
    );
    expect(planCovers(mounts, probe({ "/proc": magic.tmpfs }))).toEqual({ entries: [], outOfReach: [] });
  });

  it("tells which lie below other mounts, out of reach", () => {
    const mounts = parseMountinfo("30 29 0:21 / /srv/a/proc rw - proc proc rw\n");
    expect(planCovers(mounts, probe({})).outOfReach).toEqual(["/srv/a/proc"]);
    expect(planCovers(mounts, probe({ "/srv/a/proc": magic.tmpfs })).outOfReach).toEqual(["/srv/a/proc"]);
  });
});
