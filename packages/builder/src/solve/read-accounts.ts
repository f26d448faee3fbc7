// The image's own users and groups, for `--chown` and USER by name.
import { readContent, type Entry } from "@tsbuild/layer";
import { maximumAccountBytes, type AccountFiles, type RootFs } from "@tsbuild/rootfs";
import { BuildError } from "../build-error.ts";
import type { LayerLibrary } from "./layer-library.ts";

export type FileEntry = Extract<Entry, { kind: "file" }>;

/** Another way to a file's bytes than its layer's tar; undefined when it is not there. */
type ShortCut = (entry: FileEntry) => Promise<Uint8Array | undefined>;

/** The texts of /etc/passwd and /etc/group, links followed inside the root; what is missing is left out. */
export async function readAccounts(
  rootfs: RootFs,
  library: LayerLibrary,
  shortCut: ShortCut = () => Promise.resolve(undefined),
): Promise<AccountFiles> {
  const [passwd, group] = await Promise.all([
    readFile(rootfs, "etc/passwd", library, shortCut),
    readFile(rootfs, "etc/group", library, shortCut),
  ]);
  return { ...(passwd === undefined ? {} : { passwd }), ...(group === undefined ? {} : { group }) };
}

/** Whether resolving the name needs no look at the image. */
export function isNumericOwner(spec: string): boolean {
  return /^\d+(?::\d+)?$/.test(spec);
}

async function readFile(
  rootfs: RootFs,
  path: string,
  library: LayerLibrary,
  shortCut: ShortCut,
): Promise<string | undefined> {
  const { entry } = rootfs.resolve(path);
  if (entry === undefined) return undefined;
  if (entry.kind !== "file")
    throw new BuildError("STEP_FAILED", `Cannot look up users: /${path} in the image is not a file`);
  if (entry.size > maximumAccountBytes) {
    throw new BuildError(
      "STEP_FAILED",
      `Cannot look up users: /${path} in the image is larger than ${maximumAccountBytes} bytes; use numbers instead of names`,
    );
  }
  const near = await shortCut(entry);
  if (near !== undefined && near.length === entry.size) return Buffer.from(near).toString("utf8");
  await library.fileOf(entry.content);
  const bytes = await readContent(entry.content, entry.size, {
    layerFile: (diffId) => library.filePath(diffId),
    limit: maximumAccountBytes,
  });
  return bytes.toString("utf8");
}
