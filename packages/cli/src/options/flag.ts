// What a flag is to this table-driven command line, and the three fates that one can have: it is done, it is
// ignored since no image can differ by it, or it is refused with the reason and the way out.

export type Fate =
  | { readonly kind: "done" }
  /** `why` completes "--x is ignored: …". */
  | { readonly kind: "ignored"; readonly why: string }
  /** `why` completes "Cannot use --x: …" and says what to do instead. */
  | { readonly kind: "refused"; readonly why: string };

export interface Flag {
  /** Commander's form: `-t, --tag <name>`. Without `<…>` it is a switch. */
  readonly form: string;
  readonly help: string;
  /** May be given several times; the values are collected in order. */
  readonly repeated?: boolean;
  /** Not in `--help` (but in docs/cli.md). */
  readonly hidden?: boolean;
  /** Judges one use of the flag; `value` is "" for a switch. */
  readonly fate: (value: string) => Fate;
}

export const done = (): Fate => ({ kind: "done" });

/** Ignored whatever its value. */
export function ignored(why: string): Flag["fate"] {
  return () => ({ kind: "ignored", why });
}

/** Refused whatever its value. */
export function refused(why: string): Flag["fate"] {
  return () => ({ kind: "refused", why });
}

/** Does nothing, silently, with one of `values` (they are what happens anyway); refused otherwise. */
export function doneOnlyAs(values: readonly string[], why: string): Flag["fate"] {
  return (value) =>
    values.includes(value.trim().toLowerCase()) ? { kind: "done" } : { kind: "refused", why };
}

/** `--tag` of `-t, --tag <name>`. */
export function longName(flag: Flag): string {
  const name = /--[a-z0-9-]+/.exec(flag.form)?.[0];
  if (name === undefined) throw new TypeError(`Cannot find the long name of flag ${flag.form}`);
  return name;
}

/** `-t` of `-t, --tag <name>`. */
export function shortName(flag: Flag): string | undefined {
  return /^-[a-zA-Z](?=,)/.exec(flag.form)?.[0];
}

export function isSwitch(flag: Flag): boolean {
  return !flag.form.includes("<");
}

/** `noCacheFilter` of `--no-cache-filter <stage>`: its name among the parsed options. */
export function propertyName(flag: Flag): string {
  return longName(flag)
    .slice(2)
    .replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
