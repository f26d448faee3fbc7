// What each system test needs besides Node, in one table: the tests skip by it, and `npm test` tells beforehand
// what it will skip and why.

export interface Requirements {
  readonly programs?: readonly string[];
  readonly root?: boolean;
  /** A user and a mount namespace can be made here. */
  readonly namespaces?: boolean;
}

const registry = ["docker-registry", "skopeo"];
/** What runs a RUN. */
const sandbox = ["setpriv", "unshare", "mount", "getfattr", "setfattr", "mknod"];
const bootstrap = [...registry, "mmdebstrap"];

export const testRequirements = {
  "comparison with buildah": {
    root: true,
    programs: [
      ...bootstrap,
      ...sandbox,
      "dpkg-deb",
      "buildah",
      "umoci",
      "busybox",
      "getfattr",
      "setfattr",
      "setcap",
      "tar",
      "xz",
      "bzip2",
      "zstd",
    ],
  },
  "every instruction on a Debian base": { root: true, programs: [...bootstrap, "umoci", "crun", "xz"] },
  "RUN on a Debian base": {
    root: true,
    programs: [...bootstrap, ...sandbox, "umoci", "crun", "dpkg-deb", "setcap", "getcap", "ldd"],
  },
  "RUN of bad input": { root: true, programs: [...registry, ...sandbox, "busybox"] },
  "RUN on hostile images": { root: true, programs: [...registry, ...sandbox, "busybox", "umoci"] },
  "RUN leaves nothing behind": { root: true, programs: [...registry, ...sandbox, "busybox"] },
  "RUN as root and as an ordinary user": {
    root: true,
    programs: [...registry, ...sandbox, "busybox", "newuidmap", "useradd"],
  },
  "a sandbox of root": { root: true, programs: [...sandbox, "busybox"] },
  "a sandbox of an ordinary user": {
    root: true,
    namespaces: true,
    programs: [...sandbox, "busybox", "newuidmap", "newgidmap"],
  },
  "unpacking as root": { root: true, programs: [...sandbox, "mmdebstrap", "umoci", "tar", "setcap"] },
  "processes in a sandbox": {
    root: true,
    programs: [...sandbox, "mkfifo", "busybox", "perl", "ldd", "ip", "script"],
  },
  "changes of real overlays": {
    root: true,
    namespaces: true,
    programs: ["unshare", "mount", "getfattr", "setfattr", "umoci", "tar"],
  },
  "an unprivileged build where namespaces are forbidden": {
    root: true,
    programs: [...bootstrap, "setpriv", "unshare"],
  },
  "the same build again": { programs: [...registry, "busybox"] },
  "memory while building": { programs: [...registry, "busybox"] },
  "killed at any point": { programs: [...registry, "busybox"] },
  "bad input": { programs: [...registry, "busybox"] },
  "no space left": { namespaces: true },
  "the specification's schemas": { programs: [...registry, "busybox"] },
  "the library example": {},
  "the demo": {},
  "packed tarballs": { programs: ["npm", "npx"] },
  "the unit suite on other Nodes": { programs: ["npm"] },
} as const satisfies Record<string, Requirements>;

export type TestTitle = keyof typeof testRequirements;
