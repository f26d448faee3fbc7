// Done when, point 9: every manifest, index and config is valid by the image specification's JSON schemas.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout, runTsbuild } from "../command/run-tsbuild.ts";
import { loadCase } from "../compare/comparison-case.ts";
import { prepareContext } from "../compare/prepare-context.ts";
import { cannotRun } from "../machine/requirement.ts";
import { pushBase } from "../bases/push-base.ts";
import { openRegistryWithBases, type RegistryWithBases } from "../registries/registry-with-bases.ts";
import { openOwnSchemas, openSpecificationSchemas } from "../schemas/image-schemas.ts";
import { readDocuments, type FoundDocument } from "../schemas/read-documents.ts";

/** Cases whose configs have something of everything. */
const names = [
  "config-inherited",
  "from-scratch",
  "healthcheck-shell",
  "onbuild-stored",
  "cmd-empty",
  "entrypoint-empty",
  "expose-forms",
  "label-forms",
  "maintainer",
  "volume-is-only-config",
];

describe.skipIf(cannotRun("the specification's schemas"))("by the image specification's schemas", () => {
  let place: RegistryWithBases;
  const documents: FoundDocument[] = [];

  const build = async (name: string, ...flags: string[]): Promise<void> => {
    const folder = join(place.folder, `${name}${flags.join("")}`.replaceAll(/\W/g, "-"));
    await mkdir(join(folder, "context"), { recursive: true });
    await prepareContext(
      await loadCase(join(checkout, "test/dockerfiles", name)),
      join(folder, "context"),
      place.registry.address,
    );
    const output = ["--output", `type=oci,dest=${join(folder, "layout")},tar=false`];
    await runTsbuild([
      "build",
      "--quiet",
      "--store",
      join(place.folder, "store"),
      ...output,
      ...flags,
      join(folder, "context"),
    ]);
    documents.push(...(await readDocuments(join(folder, "layout"))));
  };

  beforeAll(async () => {
    place = await openRegistryWithBases("schemas", []);
    await pushBase("busybox", place.registry.address, "busybox");
    for (const name of names) await build(name);
    await build("from-scratch", "--platform", "linux/amd64,linux/arm64");
    await build("copy-file", "--annotation", "a=b", "--annotation", "manifest:c=d", "--label", "e=f");
    await build("copy-file", "--compression", "zstd");
    await build("copy-file", "--compression", "uncompressed");
  });
  afterAll(async () => place?.[Symbol.asyncDispose]());

  it("every document is valid, strictly read", () => {
    const schemas = openOwnSchemas();
    const wrong = documents.flatMap(({ kind, digest, document }) =>
      schemas.check(kind, document).map((problem) => `${kind} ${digest}${problem}`),
    );
    expect(wrong).toEqual([]);
    expect(new Set(documents.map(({ kind }) => kind)).size).toBe(3);
  });

  it.skipIf(openSpecificationSchemas() === undefined)(
    "every document is valid by the specification's own",
    () => {
      const schemas = openSpecificationSchemas();
      const wrong = documents.flatMap(({ kind, digest, document }) =>
        (schemas?.check(kind, document) ?? []).map((problem) => `${kind} ${digest}${problem}`),
      );
      expect(wrong).toEqual([]);
    },
  );

  it("a document that is wrong is found", () => {
    for (const schemas of [openOwnSchemas(), openSpecificationSchemas()]) {
      if (schemas === undefined) continue;
      expect(schemas.check("image-manifest", { schemaVersion: 1, layers: [] })).not.toEqual([]);
      expect(schemas.check("image-config", { architecture: "amd64", os: "linux" })).not.toEqual([]);
      expect(schemas.check("image-index", { schemaVersion: 2 })).not.toEqual([]);
    }
  });
});
