// Finished images → where the user wants them. Exporters know nothing of builds; several can follow one solve.
import { formatFamiliar, formatReference, type Descriptor, type Reference } from "@tsbuild/oci";
import { copy, openOciLayout, writeDockerArchive, writeOciArchive, type BlobReader } from "@tsbuild/store";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Output } from "../build-options.ts";
import { BuildError, messageOf } from "../build-error.ts";
import type { Progress } from "../progress.ts";
import type { FinishedImage } from "./built-image.ts";
import { imageReader } from "./image-reader.ts";
import { pushImage, type PushOptions } from "./push-image.ts";
import { referencesOf } from "./references.ts";
import { writeFolder, writeTree } from "./write-files.ts";

export interface ExportRequest {
  readonly root: Descriptor;
  readonly images: readonly FinishedImage[];
  readonly outputs: readonly Output[];
  readonly names: readonly string[];
}

export interface ExportOptions extends Omit<PushOptions, "progress"> {
  readonly progress: Progress;
}

/** Runs every output; gives the references that the image has got. */
export async function exportImages(request: ExportRequest, o: ExportOptions): Promise<Reference[]> {
  const references = new Map<string, Reference>();
  for (const output of request.outputs) {
    for (const reference of await exportTo(output, request, o))
      references.set(formatReference(reference), reference);
  }
  return [...references.values()];
}

async function exportTo(output: Output, request: ExportRequest, o: ExportOptions): Promise<Reference[]> {
  switch (output.type) {
    case "image":
      return exportToStore(output, request, o);
    case "oci":
      return o.progress.step("exporting to oci image format", async () => {
        const names = referencesOf(output.names ?? request.names);
        await wrap(output.dest, () => writeOci(output, names, request, imageReader(o.library)));
        return names;
      });
    case "docker":
      return o.progress.step("exporting to docker image format", async () => {
        const names = referencesOf(output.names ?? request.names);
        const images = [
          {
            names: names.map(formatReference),
            root: singleImage(request, "docker").document.manifest.descriptor,
          },
        ];
        await wrap(output.dest, () =>
          toStream(output.dest, (out) => writeDockerArchive(out, images, imageReader(o.library))),
        );
        return names;
      });
    case "tar":
      await o.progress.step("exporting to client tarball", async () => {
        const image = singleImage(request, "tar");
        const rootfs = await image.rootfs();
        await wrap(output.dest, () =>
          toStream(output.dest, (out) =>
            writeTree(
              rootfs,
              (bytes) => pipeline(Readable.from(bytes, { objectMode: false }), out),
              filesOptions(image, o),
            ),
          ),
        );
      });
      return [];
    case "local":
      await o.progress.step("exporting to client directory", async () => {
        const several = request.images.length > 1;
        for (const image of request.images) {
          const { os, architecture, variant } = image.platform;
          const folder = several
            ? `${output.dest}/${[os, architecture, variant].filter(Boolean).join("_")}`
            : output.dest;
          await wrap(folder, async () =>
            writeFolder(await image.rootfs(), resolve(folder), filesOptions(image, o)),
          );
        }
      });
      return [];
  }
}

/** Into the local store, and to the registries when asked. */
async function exportToStore(
  output: Output & { type: "image" },
  request: ExportRequest,
  o: ExportOptions,
): Promise<Reference[]> {
  const names = referencesOf(output.names ?? request.names);
  const push = output.push === true;
  if (push && names.length === 0) {
    throw new BuildError("OPTION_INVALID", "Cannot push the image: it has no name; give one with -t");
  }
  return o.progress.step("exporting to image", async (step) => {
    step.transfer(`exporting manifest ${request.root.digest}`, 0, undefined, true);
    for (const name of names) {
      if (push) {
        const blobs = request.images.flatMap((image) => image.layers.map((layer) => layer.descriptor));
        await step.phase(`pushing ${formatFamiliar(name)}`, () =>
          pushImage(request.root, blobs, name, { ...o, progress: step }),
        );
      }
      const known = await o.store.tags.resolve(formatReference(name));
      if (known?.digest !== request.root.digest) await o.store.tags.tag(formatReference(name), request.root);
      step.transfer(`naming to ${formatReference(name)}`, 0, undefined, true);
    }
    return names;
  });
}

async function writeOci(
  output: Output & { type: "oci" },
  names: readonly Reference[],
  request: ExportRequest,
  from: BlobReader,
): Promise<void> {
  if (output.tar) {
    const images = [{ names: names.map(formatReference), root: request.root }];
    await toStream(output.dest, (out) => writeOciArchive(out, images, from));
    return;
  }
  const layout = await openOciLayout(resolve(output.dest), { create: true });
  await copy(request.root, from, layout);
  const tags = names.length === 0 ? ["latest"] : names.map(formatReference);
  for (const tag of tags) await layout.tag(tag, request.root);
}

function singleImage(request: ExportRequest, type: string): FinishedImage {
  const [image, second] = request.images;
  if (image === undefined || second !== undefined) {
    throw new BuildError(
      "OPTION_INVALID",
      `Cannot write type=${type} for several platforms: choose one with --platform, or use type=oci`,
    );
  }
  return image;
}

/** Standard output for "-"; else a file that appears under its name only when it is whole. */
async function toStream(dest: string, fill: (out: Writable) => Promise<void>): Promise<void> {
  if (dest === "-") {
    await fill(process.stdout);
    return;
  }
  const path = resolve(dest);
  const temporary = `${path}.tsbuild-${process.pid}.tmp`;
  const out = createWriteStream(temporary, { flags: "wx" });
  try {
    await fill(out);
    await new Promise<void>((done, fail) => {
      if (out.closed) return done();
      out.once("error", fail);
      out.end(() => done());
    });
    await rename(temporary, path);
  } catch (error) {
    out.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function wrap<T>(dest: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new BuildError(
      "EXPORT_FAILED",
      `Cannot write ${dest === "-" ? "to standard output" : dest}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function filesOptions(image: FinishedImage, o: ExportOptions) {
  const { library, signal } = o;
  return {
    library,
    layers: image.layers,
    signal,
    warn: (code: string, message: string) => o.progress.warn(code, message),
  };
}
