// A difference between two images, and which of them a case accepts.

export interface Difference {
  /** Where: `/etc/hosts mode`, `config Env`. */
  readonly where: string;
  /** How buildah's image has it; absent where it has not. */
  readonly buildah?: string;
  readonly tsbuild?: string;
}

/** A difference that must be there exactly so, with the reason: what BuildKit does and buildah does not. */
export interface AcceptedDifference extends Difference {
  readonly because: string;
}

export interface Verdict {
  readonly unexpected: readonly Difference[];
  /** Accepted ones that did not occur: the case is out of date, or tsbuild has left BuildKit's way. */
  readonly missing: readonly AcceptedDifference[];
}

export function judge(found: readonly Difference[], accepted: readonly AcceptedDifference[]): Verdict {
  const same = (a: Difference, b: Difference): boolean =>
    a.where === b.where && a.buildah === b.buildah && a.tsbuild === b.tsbuild;
  return {
    unexpected: found.filter((difference) => !accepted.some((one) => same(one, difference))),
    missing: accepted.filter((one) => !found.some((difference) => same(one, difference))),
  };
}

export function formatVerdict({ unexpected, missing }: Verdict): string {
  const show = (value: string | undefined): string => value ?? "(not there)";
  return [
    ...unexpected.map(
      (one) => `${one.where}\n    buildah: ${show(one.buildah)}\n    tsbuild: ${show(one.tsbuild)}`,
    ),
    ...missing.map(
      (one) =>
        `${one.where}: an accepted difference did not occur (${show(one.buildah)} / ${show(one.tsbuild)}): ${one.because}`,
    ),
  ].join("\n");
}
