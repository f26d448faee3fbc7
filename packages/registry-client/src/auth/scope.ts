// What a token is asked for. https://distribution.github.io/distribution/spec/auth/scope/

type Access = "pull" | "pull,push" | "pull,push,delete";

/** Access to one repository. */
export interface Scope {
  readonly repository: string;
  readonly access: Access;
}

/** `repository:<name>:<actions>` */
function formatScope(scope: Scope): string {
  return `repository:${scope.repository}:${scope.access}`;
}

/** A key that is equal for equal sets of scopes. */
export function scopeKey(scopes: readonly Scope[]): string {
  return scopes.map(formatScope).sort().join(" ");
}

/** Our scopes and the one the registry's challenge names, which may call the repository otherwise (path-rewriting registries do). */
export function mergeScopes(scopes: readonly Scope[], challenged: string | undefined): string[] {
  const merged = new Set(scopes.map(formatScope));
  for (const scope of (challenged ?? "").split(" ").slice(0, 4)) {
    if (/^[\x21-\x7e]{1,512}$/.test(scope) && !isCovered(scope, scopes)) merged.add(scope);
  }
  return [...merged];
}

function isCovered(challenged: string, scopes: readonly Scope[]): boolean {
  return scopes.some(({ repository, access }) => {
    const prefix = `repository:${repository}:`;
    if (!challenged.startsWith(prefix)) return false;
    const granted = access.split(",");
    return challenged
      .slice(prefix.length)
      .split(",")
      .every((action) => granted.includes(action));
  });
}
