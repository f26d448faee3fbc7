// What is wrong when a RUN cannot start or ends with a status, in BuildKit's words, with what to do where that is known.
import { formatPlatform, type Platform } from "@tsbuild/oci";
import type { ProcessExit } from "@tsbuild/sandbox";
import { BuildError } from "../build-error.ts";
import type { RunEffect } from "../plan/plan.ts";
import type { FoundProgram } from "./program-in-image.ts";
import type { OutputTail } from "./output-tail.ts";

/** The error for a process that has ended with another status than 0. */
export function failureOf(
  effect: RunEffect,
  exit: ProcessExit,
  tail: OutputTail,
  platform: Platform,
): BuildError {
  const output = tail.text;
  const what = `process ${JSON.stringify(effect.args.join(" "))} did not complete successfully: exit code: ${exit.status}`;
  const why = explanation(exit, output, platform);
  return new BuildError("STEP_FAILED", why === undefined ? what : `${what}: ${why}`, { output });
}

function explanation(exit: ProcessExit, output: string, platform: Platform): string | undefined {
  if (exit.outOfMemory) {
    return "the kernel ended it for want of memory; give the build more, or let the RUN use less";
  }
  if (exit.status === 137) return "it was killed (SIGKILL)";
  if (exit.status === 139) return "it crashed (SIGSEGV)";
  if (exit.status === 126 && /Exec format error/i.test(output)) {
    return `this machine cannot execute programs for ${formatPlatform(platform)}; register an emulator (qemu-user-static, binfmt_misc), or build on such a machine`;
  }
  return undefined;
}

/** The error for a program that the image lacks. */
export function missingProgram(effect: RunEffect, found: FoundProgram, path: string): BuildError {
  const [program = ""] = effect.args;
  if (found.kind === "not-executable") {
    return new BuildError(
      "STEP_FAILED",
      `Cannot run "${program}": ${found.path} in the image is not an executable file; COPY --chmod=755, or chmod it in an earlier RUN`,
    );
  }
  const isShell = effect.args.length >= 2 && (effect.args[1] === "-c" || effect.args[1] === "/c");
  if (isShell) {
    return new BuildError(
      "STEP_FAILED",
      `Cannot run the shell "${program}": the image does not have it; use the form RUN ["program", "argument"], name another shell with SHELL, or COPY one in`,
    );
  }
  const where = program.includes("/")
    ? "the image does not have it"
    : `it is in no folder of PATH (${path}) in the image`;
  return new BuildError("STEP_FAILED", `Cannot run "${program}": ${where}`);
}
