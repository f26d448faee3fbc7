// The command as a function: what main.ts runs, for programs and tests that bring their own streams.
export type { CommandIo, OutputStream } from "./command-io.ts";
export { runCli } from "./run-cli.ts";
