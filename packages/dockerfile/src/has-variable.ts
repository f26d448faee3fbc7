// Whether a value must wait for an environment.

/** Whether the text changes by expansion: it has a variable, a quote or an escape token. */
export function isVariable(text: string): boolean {
  return /[$'"\\`]/.test(text);
}
