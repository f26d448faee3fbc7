// What no set-up could run, said before there is one.
import { SandboxError } from "../sandbox-error.ts";
import { isTaken } from "./dev-template.ts";
import { splitVariables } from "./host-variables.ts";
import type { RunnableProcess } from "./run-order.ts";

/**
 * @throws {SandboxError} `PROCESS_NOT_STARTED`
 * @throws {TypeError} for what the caller should have seen to
 */
export function checkProcess(process: RunnableProcess): void {
  const { args, env, cwd, envProgram, devFiles, files, hostname } = process;
  const [program = ""] = args;
  if (program === "") throw new TypeError("A process needs the name of a program");
  if (!cwd.startsWith("/") || cwd.split("/").some((name) => name === "." || name === "..")) {
    throw new TypeError(`Not an absolute path without links: ${cwd}`);
  }
  for (const { target } of files) {
    if (!target.startsWith("/") || !isPlain(target.slice(1))) throw new TypeError(`Not a path: ${target}`);
  }
  for (const { path } of devFiles) {
    if (!isPlain(path) || isTaken(path.split("/")[0] ?? "")) {
      throw new TypeError(`Not a path for a file below /dev: ${path}`);
    }
  }
  const refuse = (reason: string, remedy: string): never => {
    throw new SandboxError("PROCESS_NOT_STARTED", `Cannot start ${program}: ${reason}; ${remedy}`, {
      facts: { path: program, reason },
    });
  };
  const words = [...args, cwd, hostname, ...env.flat(), ...files.map(({ target }) => target)];
  if (words.some((word) => word.includes("\0"))) {
    refuse("an argument, a variable or a path has a NUL character", "take it out");
  }
  if (Buffer.byteLength(hostname) > 64) {
    refuse(`the kernel takes no host name of more than 64 bytes: ${hostname}`, "choose a shorter one");
  }
  for (const [name] of env) {
    if (name === "" || name.includes("=")) refuse(`${JSON.stringify(name)} names no variable`, "rename it");
  }
  const { inside } = splitVariables(env);
  if (inside.length === 0) return;
  const names = inside.map(([name]) => name).join(", ");
  if (envProgram === undefined) {
    refuse(
      `${names} would act on programs of this machine, and the image has no program env to set it`,
      "set it in the command itself, or put env(1) into the image",
    );
  }
  if (program.includes("=")) {
    refuse(`env, which sets ${names}, would take its name for a variable`, "rename the program");
  }
}

function isPlain(path: string): boolean {
  return path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}
