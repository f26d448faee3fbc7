// From what the user typed to an image in the local store: a name, an ID, or the beginning of one.
import { suggest } from "@tsbuild/dockerfile";
import { formatFamiliar, isDigest, parseReference, type Descriptor, type Reference } from "@tsbuild/oci";
import type { LocalStore } from "@tsbuild/store";
import { CliError } from "../cli-error.ts";
import { fullName, parseImageName } from "../options/image-name.ts";
import { imageIds } from "./image-ids.ts";
import { isNameless } from "./nameless.ts";

export interface FoundImage {
  readonly root: Descriptor;
  /** The name that it was found by; undefined when it was found by ID. */
  readonly name: string | undefined;
  /** All its names, as the store has them. */
  readonly names: readonly string[];
}

/**
 * @throws {CliError} `IMAGE_UNKNOWN`, with the nearest name when one is near; `IMAGE_AMBIGUOUS` for the
 *   beginning of several IDs; `USAGE` for what can be neither name nor ID
 */
export async function findImage(store: LocalStore, text: string): Promise<FoundImage> {
  const tags = await store.tags.list();
  const namesOf = (root: Descriptor) =>
    tags.filter(({ descriptor }) => descriptor.digest === root.digest).map(({ name }) => name);
  const named = parseName(text);
  if (named !== undefined) {
    const found = findByName(tags, named);
    if (found !== undefined) return { root: found, name: fullName(named), names: namesOf(found) };
  }
  const byId = await findById(store, tags, text);
  if (byId !== undefined) return { root: byId, name: undefined, names: namesOf(byId) };
  // Grammar is complained about only now: an ID may be no name.
  if (named === undefined) parseImageName(text);
  throw unknownImage(
    text,
    tags.map(({ name }) => name),
  );
}

function parseName(text: string): Reference | undefined {
  if (isDigest(text)) return undefined;
  try {
    return parseImageName(text);
  } catch {
    return undefined;
  }
}

interface Named {
  readonly name: string;
  readonly descriptor: Descriptor;
}

// A name with a digest means that content, under any tag of the repository.
function findByName(tags: readonly Named[], reference: Reference): Descriptor | undefined {
  const { digest } = reference;
  if (digest === undefined) return tags.find(({ name }) => name === fullName(reference))?.descriptor;
  return tags.find(({ name, descriptor }) => descriptor.digest === digest && sameRepository(name, reference))
    ?.descriptor;
}

function sameRepository(name: string, reference: Reference): boolean {
  const other = parseName(name);
  return other?.registry === reference.registry && other.repository === reference.repository;
}

async function findById(
  store: LocalStore,
  tags: readonly Named[],
  text: string,
): Promise<Descriptor | undefined> {
  const hex = text.replace(/^sha256:/, "");
  if (!/^[a-f0-9]{4,64}$/.test(hex)) return undefined;
  const roots = new Map(tags.map(({ descriptor }) => [descriptor.digest, descriptor]));
  const matches: Descriptor[] = [];
  for (const root of roots.values()) {
    const ids = await imageIds(store, root);
    if (ids.some((id) => id.startsWith(`sha256:${hex}`))) matches.push(root);
  }
  if (matches.length > 1) {
    throw new CliError(
      "IMAGE_AMBIGUOUS",
      `Cannot tell which image ${text} is: several IDs begin so; give more of it`,
    );
  }
  return matches[0];
}

function unknownImage(text: string, names: readonly string[]): CliError {
  const familiar = names.map((name) => familiarName(name));
  const near = suggest(text, familiar) ?? suggest(familiarName(text), familiar);
  const advice =
    near === undefined ? `"tsbuild pull ${text}" fetches it from a registry` : `did you mean ${near}?`;
  return new CliError("IMAGE_UNKNOWN", `Cannot find image ${text}: it is not in the local store; ${advice}`);
}

/** The short form of a name of the store: `app:1` for docker.io/library/app:1. */
export function familiarName(name: string): string {
  if (isNameless(name)) return name;
  try {
    return formatFamiliar(parseReference(name));
  } catch {
    return name;
  }
}
