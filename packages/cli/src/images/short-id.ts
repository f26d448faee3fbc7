// Docker's short form of an image ID.

/** The first twelve digits of a digest's hex part. */
export function shortId(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, 12);
}
