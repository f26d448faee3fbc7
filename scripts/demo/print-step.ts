// The demo's own words: a heading for each thing that it does, so that a reader can follow without the source.
import { styleText } from "node:util";

export function printStep(title: string): void {
  console.log(`\n${styleText("bold", `── ${title}`, { stream: process.stdout })}`);
}

/** `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, bytes === 0 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
