import { describe, expect, it } from "vitest";
import { maximumAccountBytes, parseGroup, parsePasswd } from "./accounts.ts";
import { findOwner } from "./find-owner.ts";
import { findUser } from "./find-user.ts";
import { RootFsError } from "./rootfs-error.ts";

const passwd = `root:x:0:0:root:/root:/bin/sh
# a comment

broken
nologin:x:abc:1::/:/bin/false
node:x:1000:1001:Node,,,:/home/node:/bin/bash\r
huge:x:99999999999:1::/:/bin/sh
1000:x:5:5::/five:
nobody:x:65534:65534:nobody:/nonexistent
`;
const group = `root:x:0:
video:x:44:node,other
node:x:1001:
audio:x:29:other, node
short
`;
const files = { passwd, group };

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RootFsError) return error.code;
    throw error;
  }
  return undefined;
}

describe("parsePasswd and parseGroup", () => {
  it("skip comments, blank lines and lines that are broken", () => {
    expect(parsePasswd(passwd).map(({ name }) => name)).toEqual(["root", "node", "1000", "nobody"]);
    expect(parsePasswd(passwd)[1]).toEqual({
      name: "node",
      uid: 1000,
      gid: 1001,
      home: "/home/node",
      shell: "/bin/bash",
    });
    expect(parseGroup(group).map(({ name }) => name)).toEqual(["root", "video", "node", "audio"]);
    expect(parseGroup(group)[3]?.members).toEqual(["other", "node"]);
  });

  it("refuse files that are too large (CVE-2026-47262)", () => {
    const text = "x".repeat(maximumAccountBytes + 1);
    expect(codeOf(() => parseGroup(text))).toBe("ACCOUNTS_TOO_LARGE");
    expect(codeOf(() => findUser("node", { passwd: text }))).toBe("ACCOUNTS_TOO_LARGE");
  });
});

describe("findOwner", () => {
  it.each([
    ["5", 5, 5],
    ["5:6", 5, 6],
    ["node", 1000, 1001],
    ["node:video", 1000, 44],
    ["node:7", 1000, 7],
    ["3:video", 3, 44],
    [":video", 0, 44],
    ["node:", 1000, 0],
    ["4294967294", 4294967294, 4294967294],
  ])("reads %s", (spec, uid, gid) => {
    expect(findOwner(spec, files)).toEqual({ uid, gid });
  });

  it("takes a number as a number, also when it is somebody's name", () => {
    expect(findOwner("1000", files)).toEqual({ uid: 1000, gid: 1000 });
  });

  it("knows root, and numbers, without any file", () => {
    expect(findOwner("root:root", {})).toEqual({ uid: 0, gid: 0 });
    expect(findOwner("12:34", {})).toEqual({ uid: 12, gid: 34 });
    expect(findOwner("12:", {})).toEqual({ uid: 12, gid: 0 });
  });

  it("does not make unknown names root's", () => {
    expect(codeOf(() => findOwner("nosuch", files))).toBe("USER_UNKNOWN");
    expect(codeOf(() => findOwner("node", {}))).toBe("USER_UNKNOWN");
    expect(codeOf(() => findOwner("node:nosuch", files))).toBe("GROUP_UNKNOWN");
    expect(codeOf(() => findOwner("", files))).toBe("USER_UNKNOWN");
  });

  it.each(["4294967296", "4294967295", "1:4294967296", "99999999999999999999"])(
    "refuses %s, which would wrap around to another user (CVE-2024-40635)",
    (spec) => {
      expect(codeOf(() => findOwner(spec, files))).toBe("ID_INVALID");
      expect(codeOf(() => findUser(spec, files))).toBe("ID_INVALID");
    },
  );

  it.each(["-1", "0x0", " 0", "+0", "1e3", "٠"])(
    "takes %j for a name, which nobody has (CVE-2024-40635)",
    (spec) => {
      expect(codeOf(() => findOwner(spec, files))).toBe("USER_UNKNOWN");
      expect(codeOf(() => findUser(spec, files))).toBe("USER_UNKNOWN");
    },
  );
});

describe("findUser", () => {
  it("is root when no user is given", () => {
    expect(findUser("", files)).toEqual({ uid: 0, gid: 0, groups: [], home: "/root", name: "root" });
    expect(findUser("root", {})).toEqual({ uid: 0, gid: 0, groups: [], home: "/root" });
  });

  it("gives a named user its supplementary groups (CVE-2023-25173, CVE-2022-2990)", () => {
    expect(findUser("node", files)).toEqual({
      uid: 1000,
      gid: 1001,
      groups: [29, 44],
      home: "/home/node",
      name: "node",
    });
    expect(findUser("1000", files).groups).toEqual([29, 44]);
  });

  it("gives none when the group is given", () => {
    expect(findUser("node:video", files)).toMatchObject({ uid: 1000, gid: 44, groups: [] });
  });

  it("takes a number that is nobody's, with group 0 and the home /", () => {
    expect(findUser("77", files)).toEqual({ uid: 77, gid: 0, groups: [], home: "/" });
    expect(findUser("77:88", {})).toEqual({ uid: 77, gid: 88, groups: [], home: "/" });
  });

  it("does not run as somebody else when the name is unknown", () => {
    expect(codeOf(() => findUser("nosuch", files))).toBe("USER_UNKNOWN");
    expect(codeOf(() => findUser("node:nosuch", files))).toBe("GROUP_UNKNOWN");
  });
});
