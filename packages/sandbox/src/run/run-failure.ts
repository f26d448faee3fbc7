// What went wrong when a process was not started: at which step of the set-up, what the program there said, what to do.
import { SandboxError, type SandboxErrorCode } from "../sandbox-error.ts";
import type { SetupStep } from "./setup-script.ts";

interface StepFailure {
  readonly code: SandboxErrorCode;
  readonly action: string;
  readonly remedy: string;
}

const mountRemedy = "the kernel's log (dmesg) may say more";

const failures: Record<Exclude<SetupStep, "start">, StepFailure> = {
  namespaces: {
    code: "NO_ISOLATION",
    action: "make namespaces for a process",
    remedy: "see whether unshare(1) works in a shell",
  },
  layers: {
    code: "MOUNT_FAILED",
    action: "mount the layers with /proc and /sys",
    remedy: `the store must be on a file system that overlayfs takes, and ${mountRemedy}`,
  },
  devices: {
    code: "MOUNT_FAILED",
    action: "fill /dev",
    remedy: "it holds 64 MiB, with the files given inline",
  },
  mounts: {
    code: "MOUNT_FAILED",
    action: "mount what is in /dev, /proc, /sys and /etc",
    remedy: mountRemedy,
  },
  hostname: {
    code: "PROCESS_NOT_STARTED",
    action: "set the host name",
    remedy: "it may have at most 64 characters",
  },
  network: {
    code: "PROCESS_NOT_STARTED",
    action: "bring up the loopback interface",
    remedy: "see whether ip(8) works in a shell",
  },
  folder: {
    code: "PROCESS_NOT_STARTED",
    action: "enter the working folder",
    remedy: "see what the image has on the path of WORKDIR",
  },
  root: { code: "MOUNT_FAILED", action: "mount the root file system", remedy: mountRemedy },
};

/** @param said what the shell has said; nothing when not even that ran */
export function setupFailed(said: readonly string[], complaints: string, program: string): SandboxError {
  const step = said.findLast(isStep) ?? "namespaces";
  const { code, action, remedy } = failures[step];
  const reason =
    complaints === "" ? "the set-up ended without a word" : complaints.replace(/\s*\n\s*/g, ", ");
  const isFull = /No space left on device|Disk quota exceeded/.test(complaints);
  const what = isFull ? "make room where the store is" : remedy;
  return new SandboxError(
    isFull && step !== "devices" ? "NO_SPACE" : code,
    `Cannot ${action} to run ${program}: ${reason}; ${what}`,
    { facts: { path: program, reason } },
  );
}

function isStep(word: string): word is keyof typeof failures {
  return Object.hasOwn(failures, word);
}

/** @param complaint of the program of this machine that could not execute the next, which has `token` in its name */
export function notStarted(
  complaint: string,
  failed: { readonly token: string; readonly status: number; readonly program: string },
): SandboxError {
  const { token, status, program } = failed;
  const [line = ""] = complaint.split("\n", 1);
  const reason = line
    .replace(new RegExp(`^.*?${token}-\\w+'?: `), "")
    .replace(`failed to execute ${program}: `, "");
  const remedy = /argument list too long/i.test(reason)
    ? "put what it is given into a file"
    : startRemedy(status);
  return new SandboxError("PROCESS_NOT_STARTED", `Cannot start ${program}: ${reason}; ${remedy}`, {
    facts: { path: program, reason },
  });
}

/** 127 and 126 as any shell has them. */
function startRemedy(status: number): string {
  if (status === 127)
    return "the image must have it where PATH says, and the interpreter or loader that it names";
  if (status === 126) return "it must be executable, and made for this machine";
  return "the user and the groups must be among those that can be had here, and the working folder must exist";
}
