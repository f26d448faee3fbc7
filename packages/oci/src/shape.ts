// What a document must look like, said with a few functions. A schema library would do this too, at the price
// of 80 ms for every process that starts; and in these documents only known members are checked, all others
// stay as they are.

/** The first thing that is wrong: where, as member names and positions, and what. */
interface Fault {
  path: string[];
  reason: string;
}

/** Finds the first fault of a freshly parsed JSON value. Optional members that are null are removed from it. */
export type Shape = (value: unknown) => Fault | undefined;

export const text: Shape = (value) => (typeof value === "string" ? undefined : fault("it is not text"));

export const truth: Shape = (value) =>
  typeof value === "boolean" ? undefined : fault("it is neither true nor false");

export const finiteNumber: Shape = (value) =>
  typeof value === "number" && Number.isFinite(value) ? undefined : fault("it is not a number");

/** A count of bytes that a double holds exactly. */
export const byteCount: Shape = (value) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? undefined
    : fault("it is not a whole number of bytes");

export const anything: Shape = () => undefined;

export function exactly(expected: string | number): Shape {
  return (value) => (value === expected ? undefined : fault(`it is not ${JSON.stringify(expected)}`));
}

/** Text that passes the test. */
export function textWhere(test: (value: string) => boolean, reason: string): Shape {
  return (value) => (typeof value === "string" && test(value) ? undefined : fault(reason));
}

export function listOf(item: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return fault("it is not a list");
    return firstFault(
      value.map((member: unknown, i) => [String(i), member] as const),
      () => item,
    );
  };
}

/** An object with any names, and such values. */
export function recordOf(item: Shape): Shape {
  return (value) =>
    isObject(value) ? firstFault(Object.entries(value), () => item) : fault("it is not an object");
}

/** An object that has the required members and may have the optional ones, and others. */
export function objectWith(required: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  return (value) => {
    if (!isObject(value)) return fault("it is not an object");
    // Go writes optional members that are empty as null.
    for (const name of Object.keys(optional)) if (value[name] === null) delete value[name];
    const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return { path: [missing], reason: "it is missing" };
    return firstFault(Object.entries(value), (name) => {
      if (Object.hasOwn(required, name)) return required[name];
      return Object.hasOwn(optional, name) ? optional[name] : undefined;
    });
  };
}

export function isObject(value: unknown): value is { [name: string]: unknown } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function firstFault(
  members: readonly (readonly [string, unknown])[],
  shapeOf: (name: string) => Shape | undefined,
): Fault | undefined {
  for (const [name, value] of members) {
    const found = shapeOf(name)?.(value);
    if (found !== undefined) return { path: [name, ...found.path], reason: found.reason };
  }
  return undefined;
}

function fault(reason: string): Fault {
  return { path: [], reason };
}
