// A platform in its normal form: the names that Go uses, and no variant where it says nothing.
// https://github.com/containerd/platforms/blob/v1.0.0-rc.2/platforms.go
import { endianness } from "node:os";
import { OciError, quote } from "./oci-error.ts";

/** The machine that an image is for. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
  "os.version"?: string;
  "os.features"?: string[];
}

const systems: ReadonlySet<string> = new Set(
  (
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris " +
    "wasip1 windows zos"
  ).split(" "),
);
const architectures: ReadonlySet<string> = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

const architectureOfNode: ReadonlyMap<string, string> = new Map([
  ["x64", "amd64"],
  ["ia32", "386"],
  ["mipsel", "mipsle"],
]);

const part = /^[A-Za-z0-9_.-]+$/;
const osPart = /^([A-Za-z0-9_.-]+)(?:\(([A-Za-z0-9_.-]*)((?:\+[A-Za-z0-9_.-]+)*)\))?$/;

/**
 * Parses `os`, `architecture`, `os/architecture` or `os/architecture/variant`; what is not said is the host's.
 * The operating system may carry version and features: `windows(10.0.17763+win32k)/amd64`.
 *
 * @throws {OciError} `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const [first = "", second, third] = parts;
  const os = osPart.exec(first);
  if (parts.length > 3 || os === null || parts.slice(1).some((p) => !part.test(p)))
    throw invalid(text, "it is not of the form os/architecture/variant");
  const [, name = "", version = "", features = ""] = os;

  if (second === undefined) return parseSingle(text, name, version, features);
  return normalizePlatform({
    ...described(name, version, features),
    ...optional(third),
    architecture: second,
  });
}

/** The platform in normal form: `linux/arm64` (its variant v8 is the default), `linux/arm/v7`, `linux/amd64/v3`. */
export function formatPlatform(platform: Platform): string {
  const normal = normalizePlatform(platform);
  const options = [normal["os.version"] ?? "", ...(normal["os.features"] ?? [])].join("+");
  const os = options === "" ? normal.os : `${normal.os}(${options})`;
  return [os, normal.architecture, ...(normal.variant === undefined ? [] : [normal.variant])].join("/");
}

/**
 * The platform of images that can run here. On macOS that is Linux on the same processor, as everywhere
 * where images are built.
 */
export function hostPlatform(): Platform {
  const os =
    process.platform === "win32" ? "windows" : process.platform === "darwin" ? "linux" : process.platform;
  return normalizePlatform({ os, architecture: hostArchitecture(), ...optional(hostArmVersion()) });
}

/** The same platform with every alias replaced by Go's name; fields that this package does not know survive. */
export function normalizePlatform(platform: Platform): Platform {
  const { architecture, variant } = normalizeArchitecture(platform.architecture, platform.variant ?? "");
  const normal: Platform = { ...platform, os: normalizeOs(platform.os), architecture };
  delete normal.variant;
  return variant === "" ? normal : { ...normal, variant };
}

function parseSingle(text: string, name: string, version: string, features: string): Platform {
  const host = hostPlatform();
  if (systems.has(normalizeOs(name)))
    return normalizePlatform({ ...host, ...described(name, version, features) });
  const asArchitecture = normalizeArchitecture(name, "").architecture;
  if (architectures.has(asArchitecture) && version === "" && features === "")
    return asArchitecture === host.architecture
      ? host
      : normalizePlatform({ os: host.os, architecture: name });
  throw invalid(text, "it is neither an operating system nor an architecture");
}

function described(os: string, version: string, features: string): Omit<Platform, "architecture"> {
  return {
    os,
    ...(version === "" ? {} : { "os.version": version }),
    ...(features === "" ? {} : { "os.features": features.slice(1).split("+") }),
  };
}

function optional(variant: string | undefined): { variant?: string } {
  return variant === undefined ? {} : { variant };
}

function normalizeOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

function normalizeArchitecture(name: string, kind: string): { architecture: string; variant: string } {
  const architecture = name.toLowerCase();
  const variant = kind.toLowerCase();
  switch (architecture) {
    case "i386":
      return { architecture: "386", variant: "" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { architecture: "amd64", variant: variant === "v1" ? "" : variant };
    case "aarch64":
    case "arm64":
      return { architecture: "arm64", variant: normalizeArm64(variant) };
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      return { architecture, variant: normalizeArm(variant) };
    default:
      return { architecture, variant };
  }
}

function normalizeArm(variant: string): string {
  if (variant === "") return "v7";
  return /^[5-8]$/.test(variant) ? `v${variant}` : variant;
}

function normalizeArm64(variant: string): string {
  if (/^v?8(?:\.0)?$/.test(variant)) return "";
  if (/^v?9(?:\.0)?$/.test(variant)) return "v9";
  return /^[89]\.\d+$/.test(variant) ? `v${variant}` : variant;
}

function hostArchitecture(): string {
  if (process.arch === "ppc64") return endianness() === "LE" ? "ppc64le" : "ppc64";
  return architectureOfNode.get(process.arch) ?? process.arch;
}

function hostArmVersion(): string | undefined {
  if (process.arch !== "arm") return undefined;
  const version: unknown = Object.entries(process.config.variables).find(
    ([name]) => name === "arm_version",
  )?.[1];
  return typeof version === "string" ? version : undefined;
}

function invalid(text: string, reason: string): OciError {
  return new OciError("PLATFORM_INVALID", `Cannot parse platform ${quote(text)}: ${reason}`);
}
