// The signal of STOPSIGNAL: a name that Linux has, with or without SIG, or a number.
// https://github.com/moby/sys/blob/signal/v0.7.1/signal/signal_linux.go

import { DockerfileError, quote } from "./dockerfile-error.ts";
import { formatSuggestion, suggest } from "./suggest.ts";

const NAMES = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP " +
  "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
).split(" ");

/** The text itself when it names a signal; the config keeps it as written. Throws `ARGUMENT_INVALID`. */
export function parseStopSignal(text: string): string {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return text;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (NAMES.includes(name) || isRealTime(name)) return text;
  const remedy = formatSuggestion(suggest(name, NAMES));
  throw new DockerfileError(
    "ARGUMENT_INVALID",
    `Cannot use the signal ${quote(text)}: there is none of that name${remedy}`,
  );
}

function isRealTime(name: string): boolean {
  const match = /^RT(MIN\+|MAX-)(\d{1,2})$/.exec(name);
  if (match === null || match[2]?.startsWith("0") === true) return false;
  return Number(match[2]) <= (match[1] === "MIN+" ? 15 : 14);
}
