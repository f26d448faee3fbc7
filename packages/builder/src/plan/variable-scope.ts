// The variables that a word of a stage can see: the image's ENV and the stage's ARGs in one name space, where
// the last one declared wins. Immutable, so that a stage can start from another's scope.
import { expandWord, expandWords } from "@tsbuild/dockerfile";

/** An ARG as the history of a RUN lists it; no value when nothing gave it one. */
interface DeclaredArg {
  readonly name: string;
  readonly value?: string;
}

export interface VariableScope {
  readonly values: ReadonlyMap<string, string>;
  readonly args: readonly DeclaredArg[];
  readonly escape: "\\" | "`";
}

/** The scope at the top of a stage: the base image's ENV, over what a parent stage's ARGs left. */
export function openScope(
  env: readonly string[],
  escape: "\\" | "`",
  inherited?: VariableScope,
): VariableScope {
  const values = new Map(inherited?.values);
  for (const pair of env) {
    const cut = pair.indexOf("=");
    values.set(cut < 0 ? pair : pair.slice(0, cut), cut < 0 ? "" : pair.slice(cut + 1));
  }
  return { values, args: inherited?.args ?? [], escape };
}

/** The scope after `ENV name=value`. */
export function withEnv(scope: VariableScope, name: string, value: string): VariableScope {
  return { ...scope, values: new Map(scope.values).set(name, value) };
}

/** The scope after `ARG name`; without a value the name stays as it was, so that an inherited ENV shows through. */
export function withArg(scope: VariableScope, name: string, value: string | undefined): VariableScope {
  const declared: DeclaredArg = value === undefined ? { name } : { name, value };
  const args = [...scope.args, declared];
  return value === undefined ? { ...scope, args } : { ...withEnv(scope, name, value), args };
}

/** One word, expanded to one word. */
export function expand(scope: VariableScope, text: string): string {
  return expandWord(text, (name) => scope.values.get(name), { escape: scope.escape });
}

/** One word, expanded and split at white space, as EXPOSE does. */
export function expandSplit(scope: VariableScope, text: string): string[] {
  return expandWords(text, (name) => scope.values.get(name), { escape: scope.escape });
}
