// How much of an archive is still an archive and not an attack.

/** Limits of one archive; more than any of them is a LayerError TAR_LIMIT. */
export interface TarLimits {
  /** Members, headers that only extend others not counted. Default 2,000,000. */
  readonly entries?: number;
  /** Bytes of the archive, uncompressed; and of all its sparse files with their holes. Default 256 GiB. */
  readonly tarBytes?: number;
  /** Bytes of one extended header, long name or sparse map. Default 1 MiB, as in Go and tar-split. */
  readonly headerBytes?: number;
  /** Parts of one path. Default 2,048: a Linux path of 4,096 bytes has no more. */
  readonly depth?: number;
}

/** The limits with defaults filled in. */
export function completeTarLimits(limits: TarLimits = {}): Required<TarLimits> {
  return {
    entries: limits.entries ?? 2_000_000,
    tarBytes: limits.tarBytes ?? 256 * 1024 ** 3,
    headerBytes: limits.headerBytes ?? 1024 ** 2,
    depth: limits.depth ?? 2048,
  };
}
