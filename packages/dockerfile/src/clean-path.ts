// Go's filepath.Clean for slash paths: the shortest path that means the same, by text alone.

/** `a//b/./c/../d` is `a/b/d`; nothing is `.`; `..` stays in front of a relative path only. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push(part);
  }
  const cleaned = kept.join("/");
  if (rooted) return `/${cleaned}`;
  return cleaned === "" ? "." : cleaned;
}
