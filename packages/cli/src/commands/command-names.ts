// The commands by name alone, for those who only have to know that a word is one.

/** In the order of the help. */
export const commandNames: readonly string[] = [
  "build",
  "pull",
  "push",
  "tag",
  "images",
  "rmi",
  "inspect",
  "history",
  "save",
  "load",
  "registry",
  "version",
];
