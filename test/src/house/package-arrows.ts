// Which package may import which: the picture in ARCHITECTURE.md as data.

/** The direct arrows of the picture, each package at what it stands on. */
const picture = {
  oci: [],
  store: ["oci"],
  layer: ["store"],
  "registry-client": ["store"],
  registry: ["store"],
  rootfs: ["layer"],
  sandbox: ["layer"],
  dockerfile: [],
  builder: ["dockerfile", "sandbox", "rootfs", "registry-client"],
  cli: ["builder", "registry"],
} as const satisfies Record<string, readonly string[]>;

export type PackageName = keyof typeof picture;

/** What a package's tests may use besides, as a fake that is real: never something above the package. */
const inTests: Partial<Record<PackageName, readonly PackageName[]>> = {
  "registry-client": ["registry"],
  builder: ["registry"],
};

export function isPackageName(name: string): name is PackageName {
  return Object.hasOwn(picture, name);
}

/** Every package that can be reached by following arrows from `name`. */
export function allowedImports(name: PackageName): Set<PackageName> {
  const reached = new Set<PackageName>();
  const follow = (from: PackageName): void => {
    for (const to of picture[from]) {
      reached.add(to);
      follow(to);
    }
  };
  follow(name);
  return reached;
}

export function allowedImportsInTests(name: PackageName): Set<PackageName> {
  return new Set([...allowedImports(name), ...(inTests[name] ?? [])]);
}
