// Paths as written in a Dockerfile, made into paths below a root. Lexically, as BuildKit does before it looks at links:
// `..` stops at the root, so that nothing ever leads out of it.

/** `/a//b/./../c/` → `a/c`; the root is "". */
export function cleanPath(text: string): string {
  const parts: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/** Where a COPY goes to. */
export interface Destination {
  readonly path: string;
  /** It was written with a slash at its end, so it is a folder even when nothing is there yet. */
  readonly isFolder: boolean;
}

/** Reads the destination of COPY and ADD. A relative one is below `workdir`; "" and "." are the folder `workdir` itself. */
export function cleanDestination(text: string, workdir: string): Destination {
  const path = cleanPath(text.startsWith("/") ? text : `${workdir}/${text}`);
  const isFolder = text === "" || text === "." || text.endsWith("/") || text.endsWith("/.") || path === "";
  return { path, isFolder };
}
