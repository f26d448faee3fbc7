// The architecture, held by machine: package arrows, cycles, reach, file names, sizes and opening comments.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCycle } from "./find-cycle.ts";
import { allowedImports, allowedImportsInTests, isPackageName } from "./package-arrows.ts";
import { checkoutRoot, listSourceFiles, nameOf, resolveRelative, type SourceFile } from "./source-file.ts";

const packageNames = readdirSync(join(checkoutRoot, "packages")).filter((name) =>
  existsSync(join(checkoutRoot, "packages", name, "package.json")),
);
const packageFiles = new Map(packageNames.map((name) => [name, listSourceFiles(`packages/${name}`)]));
const houseFiles = ["test/src", "benchmarks/src", "scripts", "examples"].flatMap(listSourceFiles);
const allFiles = [...[...packageFiles.values()].flat(), ...houseFiles];

interface PackageJson {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
function readPackageJson(name: string): PackageJson {
  return JSON.parse(readFileSync(join(checkoutRoot, "packages", name, "package.json"), "utf8"));
}

/** `oci` for `@tsbuild/oci` and `@tsbuild/oci/worker`. */
function ownPackage(specifier: string): string | undefined {
  return /^@tsbuild\/([^/]+)/.exec(specifier)?.[1];
}
function externalPackage(specifier: string): string | undefined {
  if (/^(\.|@tsbuild\/)/.test(specifier) || isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}
function describeFiles(
  files: readonly SourceFile[],
  why: (file: SourceFile) => string | undefined,
): string[] {
  return files.flatMap((file) => {
    const reason = why(file);
    return reason === undefined ? [] : [`${file.path}: ${reason}`];
  });
}

describe.each(packageNames)("package %s", (name) => {
  if (!isPackageName(name)) throw new Error(`packages/${name} is not in the picture of ARCHITECTURE.md`);
  const files = packageFiles.get(name) ?? [];

  it("imports only packages that its arrows reach", () => {
    const wrong = describeFiles(files, (file) => {
      const allowed = file.kind === "test" ? allowedImportsInTests(name) : allowedImports(name);
      const forbidden = file.imports.flatMap((specifier) => {
        const target = ownPackage(specifier);
        return target === undefined || target === name || allowed.has(target as never) ? [] : [specifier];
      });
      return forbidden.length === 0 ? undefined : `imports ${forbidden.join(", ")}`;
    });
    expect(wrong).toEqual([]);
  });

  it("declares only dependencies that its arrows reach", () => {
    const { dependencies = {}, devDependencies = {} } = readPackageJson(name);
    const own = (names: object): string[] => Object.keys(names).flatMap((key) => ownPackage(key) ?? []);
    expect(own(dependencies).filter((target) => !allowedImports(name).has(target as never))).toEqual([]);
    expect(
      own(devDependencies).filter((target) => !allowedImportsInTests(name).has(target as never)),
    ).toEqual([]);
  });

  it("declares what its source imports", () => {
    const { dependencies = {}, devDependencies = {} } = readPackageJson(name);
    const tools = ["vitest", "fast-check"];
    const wrong = describeFiles(files, (file) => {
      const declared = file.kind === "test" ? { ...dependencies, ...devDependencies } : dependencies;
      const missing = file.imports
        .map((specifier) =>
          ownPackage(specifier) ? `@tsbuild/${ownPackage(specifier)}` : externalPackage(specifier),
        )
        .filter((target) => target !== undefined && target !== `@tsbuild/${name}` && !(target in declared))
        .filter((target) => file.kind !== "test" || !tools.includes(target ?? ""));
      return missing.length === 0
        ? undefined
        : `imports ${missing.join(", ")}, which package.json does not name`;
    });
    expect(wrong).toEqual([]);
  });

  it("stays inside its own folder", () => {
    const wrong = describeFiles(files, (file) => {
      const outside = file.imports.filter(
        (specifier) =>
          specifier.startsWith(".") && !resolveRelative(file, specifier).startsWith(`packages/${name}/`),
      );
      return outside.length === 0 ? undefined : `reaches ${outside.join(", ")}`;
    });
    expect(wrong).toEqual([]);
  });

  it("has no cycle between its files", () => {
    const graph = new Map(
      files.map((file) => [
        file.path,
        file.imports
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => resolveRelative(file, specifier)),
      ]),
    );
    expect(findCycle(graph)?.join(" -> ")).toBeUndefined();
  });
});

describe("every file", () => {
  it("imports other packages through their entry points only", () => {
    const wrong = describeFiles(allFiles, (file) => {
      const deep = file.imports.filter(
        (specifier) =>
          /^@tsbuild\/[^/]+\/(src|dist)\b/.test(specifier) || /packages\/[^/]+\/(src|dist)\//.test(specifier),
      );
      return deep.length === 0 ? undefined : `imports ${deep.join(", ")}`;
    });
    expect(wrong).toEqual([]);
  });

  it("has a name in kebab-case that says what is in it", () => {
    const empty = ["utils", "util", "helpers", "helper", "common", "misc", "manager", "types"];
    const wrong = describeFiles(allFiles, (file) => {
      const parts = [...file.path.split("/").slice(1, -1), nameOf(file)];
      if (parts.some((part) => empty.includes(part))) return "says nothing";
      return /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(nameOf(file)) ? undefined : "is not kebab-case";
    });
    expect(wrong).toEqual([]);
  });

  it("is short: under 300 lines, tests under 500", () => {
    const wrong = describeFiles(allFiles, (file) => {
      const limit = file.kind === "test" ? 500 : 300;
      return file.lines.length < limit ? undefined : `has ${file.lines.length} lines`;
    });
    expect(wrong).toEqual([]);
  });

  it("opens with a comment, unless it is a test", () => {
    const sources = allFiles.filter((file) => file.kind === "source");
    const wrong = describeFiles(sources, (file) => {
      const first = file.lines.find((line) => line !== "" && !line.startsWith("#!")) ?? "";
      return /^(\/\/|\/\*)/.test(first) ? undefined : `opens with ${JSON.stringify(first)}`;
    });
    expect(wrong).toEqual([]);
  });

  it("has no `any`", () => {
    const wrong = describeFiles(allFiles, (file) => {
      const found = /(:|\bas|<|,|\||&|=)\s*any\b(?!\s*[.(])/.exec(file.code);
      return found ? JSON.stringify(found[0]) : undefined;
    });
    expect(wrong).toEqual([]);
  });
});

describe("the picture", () => {
  it("finds a cycle when there is one", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b"]],
    ]);
    expect(findCycle(graph)).toEqual(["b", "c", "b"]);
  });

  it("puts oci below everything but dockerfile, and nothing above cli", () => {
    const standingOnOci = packageNames.filter(
      (name) => isPackageName(name) && allowedImports(name).has("oci"),
    );
    expect(standingOnOci).toEqual(packageNames.filter((name) => name !== "oci" && name !== "dockerfile"));
    expect(packageNames.filter((name) => isPackageName(name) && allowedImports(name).has("cli"))).toEqual([]);
  });
});
