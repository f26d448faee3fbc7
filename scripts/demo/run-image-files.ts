// Runs a command in a folder that holds an image's files, by whatever this machine allows without any setting up.
import { spawnSync } from "node:child_process";

export type RunAttempt =
  | { readonly ran: true; readonly how: string; readonly output: string }
  | { readonly ran: false; readonly why: string };

/** Each in turn: as root with the image's own user, else in a user namespace where the caller is root. */
export function runImageFiles(
  root: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): RunAttempt {
  if (process.platform !== "linux")
    return { ran: false, why: `programs of a Linux image do not run on ${process.platform}` };
  const attempts: { how: string; program: string; args: string[] }[] = [
    { how: "chroot", program: "chroot", args: ["--userspec=1000:1000", root, ...command] },
    {
      how: "a user namespace and chroot",
      program: "unshare",
      args: ["--user", "--map-root-user", "--root", root, ...command],
    },
  ];
  const reasons: string[] = [];
  for (const { how, program, args } of process.getuid?.() === 0 ? attempts : attempts.slice(1)) {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      env: { ...env, PATH: `${env["PATH"] ?? ""}:/usr/sbin:/usr/bin:/sbin:/bin` },
      encoding: "utf8",
    });
    if (status === 0) return { ran: true, how, output: `${stdout}${stderr}` };
    reasons.push(`${how}: ${(error?.message ?? stderr).trim().split("\n")[0] ?? `exit status ${status}`}`);
  }
  return { ran: false, why: reasons.join("; ") };
}
