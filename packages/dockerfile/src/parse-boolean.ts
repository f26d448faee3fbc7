// Truth as Go's strconv.ParseBool reads it: in mount options and check options.

/** The truth value, or `undefined` for a text that Go wouldn't take. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  return undefined;
}
