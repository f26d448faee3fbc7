// Validates the JSON of images against the image specification: our own schemas, and the specification's where Debian's
// package of it is installed.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { checkout } from "../command/run-tsbuild.ts";

export type DocumentKind = "image-manifest" | "image-index" | "image-config";

export interface ImageSchemas {
  /** What is wrong with the document; empty when nothing is. */
  check(kind: DocumentKind, document: unknown): string[];
}

const ownFolder = join(checkout, "test/schemas");
const debianFolder = "/usr/share/gocode/src/github.com/opencontainers/image-spec/schema";
const debianNames: Record<DocumentKind, string> = {
  "image-manifest": "image-manifest-schema.json",
  "image-index": "image-index-schema.json",
  "image-config": "config-schema.json",
};

export function openOwnSchemas(): ImageSchemas {
  const ajv = new Ajv({ strict: false, allErrors: true });
  for (const file of readdirSync(ownFolder).filter((name) => name.endsWith(".json")))
    ajv.addSchema(readSchema(ownFolder, file), file);
  return { check: (kind, document) => validate(ajv, `${kind}.json`, document) };
}

/** Undefined where they are not installed. */
export function openSpecificationSchemas(): ImageSchemas | undefined {
  if (!existsSync(debianFolder)) return undefined;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  for (const file of readdirSync(debianFolder).filter((name) => name.endsWith(".json"))) {
    // Draft 4, which this validator reads once the identifiers, which draft 6 renamed, are gone.
    ajv.addSchema(withoutIdentifiers(readSchema(debianFolder, file)), file);
  }
  return { check: (kind, document) => validate(ajv, debianNames[kind], document) };
}

function validate(ajv: Ajv, schema: string, document: unknown): string[] {
  if (ajv.validate(schema, document)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? "wrong"}`);
}

function readSchema(folder: string, file: string): object {
  return JSON.parse(readFileSync(join(folder, file), "utf8"));
}

function withoutIdentifiers(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value,
  );
}
