// What of the language this version cannot do, refused by name. It is looked for before any image is asked for, so
// that a build which cannot succeed downloads nothing.
import type { AddInstruction, RunInstruction, StageInstruction } from "@tsbuild/dockerfile";
import { BuildError } from "../build-error.ts";

/** Throws BuildError UNSUPPORTED, or DOCKERFILE_INVALID for a URL as a source of COPY. */
export function refuseUnsupported(instruction: StageInstruction): void {
  if (instruction.kind === "run") return refuseRunFlags(instruction);
  if (instruction.kind !== "add" && instruction.kind !== "copy") return;
  if (instruction.kind === "add") refuseFlags(instruction);
  for (const source of instruction.sources) {
    if (source.kind === "path") refuseRemote(instruction.kind, source.word.text);
  }
}

function refuseRunFlags({ mounts, security, devices }: RunInstruction): void {
  const [mount] = mounts;
  if (mount !== undefined) {
    throw new BuildError(
      "UNSUPPORTED",
      `RUN --mount=${mount.text} is not supported yet: COPY what the RUN needs in, and let it remove what must not stay in the image`,
    );
  }
  if (security === "insecure") {
    throw new BuildError(
      "UNSUPPORTED",
      "RUN --security=insecure is not supported yet: every RUN has the capabilities that docker gives a container",
    );
  }
  const [device] = devices;
  if (device !== undefined) {
    throw new BuildError(
      "UNSUPPORTED",
      `RUN --device=${device.text} is not supported: no device is passed into a RUN`,
    );
  }
}

function refuseFlags(instruction: AddInstruction): void {
  const refuse = (flag: string): never => {
    throw new BuildError(
      "UNSUPPORTED",
      `ADD --${flag} is not supported yet: it belongs to URLs and git repositories, which ADD cannot take yet either`,
    );
  };
  if (instruction.checksum !== undefined) refuse("checksum");
  if (instruction.keepGitDir !== undefined) refuse("keep-git-dir");
}

const gitSource = /^(?:git:\/\/|ssh:\/\/|git@[^/:]+:)/;

/** Refuses a URL or git repository as a source; to be asked again once the variables in the word are expanded. */
export function refuseRemote(kind: "copy" | "add", source: string): void {
  const remote = /^https?:\/\//.test(source) || gitSource.test(source);
  if (!remote) return;
  if (kind === "copy") {
    throw new BuildError(
      "DOCKERFILE_INVALID",
      `Cannot COPY "${source}": COPY takes files only; ADD takes URLs`,
    );
  }
  throw new BuildError(
    "UNSUPPORTED",
    `Cannot ADD "${source}": URLs and git repositories are not supported yet; download it into the context first`,
  );
}
