// The flags of `docker buildx build`, and those planned for tsbuild, that this release knows by name but does
// not act on: ignored where no image can differ by them, else refused with the way out.
import { parseAttributes, parseBoolean } from "./attributes.ts";
import { doneOnlyAs, ignored, refused, type Fate, type Flag } from "./flag.ts";

const noDaemon = "there is no builder to choose, tsbuild builds in its own process";
const limit = "a RUN is under the limits that tsbuild itself is under";
const legacy = "docker ignores it too";
const later = "it comes in a later release";
const mountLater =
  "it is for RUN --mount, which is not there yet; leave it out for a Dockerfile without RUN --mount";

export const undoneFlags: readonly Flag[] = [
  hidden("--attest <attestation>", "attestation", attestation, true),
  hidden(
    "--build-context <name=source>",
    "named context",
    refused(`${later}; COPY from the one context, or from an image by name`),
    true,
  ),
  hidden("--builder <name>", "builder instance", ignored(noDaemon)),
  hidden(
    "--cache-from <source>",
    "cache to read",
    ignored(`a cache elsewhere comes in a later release; the local store is used`),
    true,
  ),
  hidden("--cache-to <target>", "cache to write", cacheTo, true),
  hidden(
    "--call <method>",
    "build, check, outline or targets",
    doneOnlyAs(["build", ""], `only build is done; checks come in a later release`),
  ),
  hidden("--cgroup-parent <path>", "control group of a RUN", ignored(limit)),
  hidden("--check", "only check the Dockerfile", refused(`${later}; --dry-run parses and plans it`)),
  hidden(
    "--load",
    "load into a Docker engine",
    refused("this release does not talk to an engine; say tsbuild save NAME | docker load after the build"),
  ),
  hidden("--policy <policy>", "source policy", policy, true),
  hidden("--provenance <value>", "provenance attestation", attestationSwitch),
  hidden("--resource <limit>", "limit of a RUN", ignored(limit), true),
  hidden("--sbom <value>", "SBOM attestation", attestationSwitch),
  hidden("--secret <secret>", "secret of a RUN", refused(mountLater), true),
  hidden("--ssh <agent>", "SSH agent of a RUN", refused(mountLater), true),
  hidden("--ulimit <limit>", "ulimit of a RUN", ignored(limit), true),
  hidden("-m, --memory <bytes>", "limit of a RUN", ignored(limit)),
  hidden("--memory-swap <bytes>", "limit of a RUN", ignored(limit)),
  hidden("-c, --cpu-shares <number>", "limit of a RUN", ignored(limit)),
  hidden("--cpu-period <number>", "limit of a RUN", ignored(limit)),
  hidden("--cpu-quota <number>", "limit of a RUN", ignored(limit)),
  hidden("--cpuset-cpus <list>", "limit of a RUN", ignored(limit)),
  hidden("--cpuset-mems <list>", "limit of a RUN", ignored(limit)),
  hidden("--compress", "legacy", ignored(legacy)),
  hidden("--security-opt <option>", "legacy", ignored(legacy), true),
  hidden("--squash", "legacy", ignored(legacy)),
  hidden("--rm", "legacy", ignored(legacy)),
  hidden("--force-rm", "legacy", ignored(legacy)),
  hidden("--explain", "why each step missed the cache", refused(`${later}; --dry-run says which steps miss`)),
  hidden(
    "--timings <file>",
    "where the time went",
    refused(`${later}; --progress=rawjson has the time of every event`),
  ),
  hidden(
    "--cache-ttl <duration>",
    "age after which the cache counts as missed",
    refused(`${later}; --no-cache runs every step anew`),
  ),
  hidden("--cache-mount <mount>", "carry a cache mount in and out", refused(mountLater), true),
  hidden(
    "--registry-mirror <host>",
    "mirror of Docker Hub",
    refused(`${later}; name the mirror in FROM, by a build argument`),
    true,
  ),
  hidden("--registry-client-cert <host=cert,key>", "client certificate", refused(later), true),
];

function hidden(form: string, help: string, fate: Flag["fate"], repeated = false): Flag {
  return { form, help, fate, repeated, hidden: true };
}

const noAttestation: Fate = {
  kind: "refused",
  why: "tsbuild makes no attestation yet; leave it out, or say false",
};

// --provenance and --sbom: a boolean, or the attributes of --attest.
function attestationSwitch(value: string): Fate {
  if (value === "") return noAttestation;
  if (!value.includes("=")) return booleanOf(value) === false ? { kind: "done" } : noAttestation;
  return attestation(value);
}

function attestation(value: string): Fate {
  const disabled = parseAttributes(value, "--attest").get("disabled");
  return disabled !== undefined && booleanOf(disabled) === true ? { kind: "done" } : noAttestation;
}

function booleanOf(text: string): boolean | undefined {
  try {
    return parseBoolean(text, "attestation");
  } catch {
    return undefined;
  }
}

// An inline cache is written into the image itself; the other kinds are only written beside it.
function cacheTo(value: string): Fate {
  if (/(^|,)type=inline(,|$)/.test(value) || value === "inline") {
    return { kind: "refused", why: "a cache inside of the image comes in a later release; leave it out" };
  }
  return { kind: "ignored", why: "a cache elsewhere comes in a later release; the local store is used" };
}

function policy(value: string): Fate {
  const attributes = parseAttributes(value, "--policy");
  if (attributes.get("disabled") === "true" || attributes.get("reset") === "true") return { kind: "done" };
  return { kind: "refused", why: "source policies come in a later release; leave it out" };
}
