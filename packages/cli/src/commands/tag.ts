// `tsbuild tag IMAGE NAME`.
import { usageError } from "../cli-error.ts";
import { findImage } from "../images/find-image.ts";
import { withSession } from "../images/session.ts";
import { fullName, parseTag } from "../options/image-name.ts";
import type { RunCommand } from "./command.ts";

export const run: RunCommand = async ([image, name], options, io) => {
  if (image === undefined || name === undefined) throw usageError("Cannot tag: IMAGE and NAME are needed");
  const reference = parseTag(name);
  await withSession(options, io, async ({ store }) => {
    const { root } = await findImage(store, image);
    await store.tags.tag(fullName(reference), root);
  });
};
