// An image's config: how to run it, and which layers make its root filesystem.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
import { digestText } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { DocumentKind } from "./document.ts";
import { check, parseObject } from "./document.ts";
import {
  anything,
  exactly,
  finiteNumber,
  isObject,
  listOf,
  objectWith,
  recordOf,
  text,
  truth,
} from "./shape.ts";

/** Fields that this package does not know survive, here and in the objects below. */
export interface ImageConfig {
  /** RFC 3339. */
  created?: string;
  author?: string;
  architecture: string;
  os: string;
  variant?: string;
  "os.version"?: string;
  "os.features"?: string[];
  config?: RuntimeConfig;
  rootfs: { type: "layers"; diff_ids: Digest[] };
  history?: HistoryEntry[];
}

/** The defaults for a container of the image. `Healthcheck`, `OnBuild`, `Shell` and `ArgsEscaped` are Docker's. */
export interface RuntimeConfig {
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, Record<string, never>>;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  StopSignal?: string;
  Shell?: string[];
  Healthcheck?: Healthcheck;
  OnBuild?: string[];
  ArgsEscaped?: boolean;
}

/** Times are in nanoseconds. */
export interface Healthcheck {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

export interface HistoryEntry {
  created?: string;
  created_by?: string;
  author?: string;
  comment?: string;
  /** True when the step made no layer. */
  empty_layer?: boolean;
}

/** The longest config that is read, in bytes. */
export const configSizeLimit: number = 8 << 20;

const document: DocumentKind = { code: "CONFIG_INVALID", noun: "image config", limit: configSizeLimit };

const healthcheckShape = objectWith(
  {},
  {
    Test: listOf(text),
    Interval: finiteNumber,
    Timeout: finiteNumber,
    StartPeriod: finiteNumber,
    StartInterval: finiteNumber,
    Retries: finiteNumber,
  },
);

const runtimeShape = objectWith(
  {},
  {
    User: text,
    ExposedPorts: recordOf(anything),
    Env: listOf(text),
    Entrypoint: listOf(text),
    Cmd: listOf(text),
    Volumes: recordOf(anything),
    WorkingDir: text,
    Labels: recordOf(text),
    StopSignal: text,
    Shell: listOf(text),
    Healthcheck: healthcheckShape,
    OnBuild: listOf(text),
    ArgsEscaped: truth,
  },
);

const historyShape = objectWith(
  {},
  { created: text, created_by: text, author: text, comment: text, empty_layer: truth },
);

const configShape = objectWith(
  {
    architecture: text,
    os: text,
    rootfs: objectWith({ type: exactly("layers"), diff_ids: listOf(digestText) }),
  },
  {
    created: text,
    author: text,
    variant: text,
    "os.version": text,
    "os.features": listOf(text),
    config: runtimeShape,
    history: listOf(historyShape),
  },
);

/**
 * Reads an image config. Null members count as absent, as they do for Docker.
 *
 * @throws {OciError} `CONFIG_INVALID`
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const body: { [name: string]: unknown } = parseObject(bytes, document);
  const { rootfs } = body;
  // Go writes the list of an image without layers as null.
  if (isObject(rootfs) && rootfs["diff_ids"] === null) rootfs["diff_ids"] = [];
  check(body, configShape, document);
  const value: unknown = body;
  return value as ImageConfig; // it has just been checked
}
