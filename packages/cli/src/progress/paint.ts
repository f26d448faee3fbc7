// The few colours of the live view, or none. https://no-color.org, https://force-color.org
import type { CommandIo } from "../command-io.ts";

export type Colour = "blue" | "red" | "yellow" | "dim";

export type Paint = (colour: Colour, text: string) => string;

const codes: Record<Colour, readonly [number, number]> = {
  blue: [34, 39],
  red: [31, 39],
  yellow: [33, 39],
  dim: [2, 22],
};

export const plainPaint: Paint = (_, text) => text;

/** FORCE_COLOR wins over NO_COLOR, which wins over what the stream is. */
export function choosePaint(io: Pick<CommandIo, "env" | "stderr">): Paint {
  const { FORCE_COLOR: force, NO_COLOR: never, TERM: term } = io.env;
  if (force !== undefined && force !== "")
    return force === "0" || force === "false" ? plainPaint : colourPaint;
  if (never !== undefined && never !== "") return plainPaint;
  return io.stderr.isTTY === true && term !== "dumb" ? colourPaint : plainPaint;
}

const colourPaint: Paint = (colour, text) => {
  const [on, off] = codes[colour];
  return `\u001b[${String(on)}m${text}\u001b[${String(off)}m`;
};
