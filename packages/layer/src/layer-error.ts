// What can go wrong with a layer, as one class with a closed set of codes. A wrong argument is not among
// them: that is a TypeError or a RangeError.

/** Why a layer could not be read or made. */
export type LayerErrorCode =
  /** The bytes are not a tar archive, or one that two readers would read differently. */
  | "TAR_CORRUPT"
  /** The archive asks for more than the limits allow (entries, bytes, depth, header sizes). */
  | "TAR_LIMIT"
  /** A name leaves the root of the layer. `facts.path` is the name as written in the archive. */
  | "PATH_ESCAPES"
  /** An entry table's bytes are torn, foreign or of another version: make the table again. */
  | "INDEX_CORRUPT"
  /** The compressed bytes are damaged or cut short. */
  | "COMPRESSION_CORRUPT"
  /** The compressed bytes unfold to more than the limits allow. */
  | "COMPRESSION_LIMIT"
  /** The compression is unknown, or needs a program or a library that is not there. */
  | "COMPRESSION_UNSUPPORTED"
  /** A file was changed by someone else while it was being packed. */
  | "FILE_CHANGED"
  /** A file that an entry names as its content could not be read. */
  | "FILE_UNREADABLE"
  /** The inflated tar of a layer is missing or too short for the slice asked for. */
  | "SLICE_UNREADABLE"
  /** A layer's uncompressed bytes are not those of the diffId that it was said to have. */
  | "DIFF_ID_MISMATCH"
  /** The content is longer than the caller's limit. */
  | "CONTENT_LIMIT"
  /** Files have more extended attributes than are held in memory. */
  | "ATTRIBUTES_LIMIT"
  /** An entry can't be written as a layer (e.g. a hard link whose target is not there). */
  | "ENTRY_INVALID"
  /** A thread that packs or inflates stopped without saying why. */
  | "WORKER_FAILED";

/** Facts that help to find the culprit; each is there when it is known. */
export interface LayerErrorFacts {
  readonly path?: string;
  readonly offset?: number;
  readonly limit?: number;
  readonly reason?: string;
}

/** The error of this package. `code` says what happened, `facts` where. */
export class LayerError extends Error {
  readonly code: LayerErrorCode;
  readonly facts: LayerErrorFacts;

  constructor(
    code: LayerErrorCode,
    message: string,
    options: { cause?: unknown; facts?: LayerErrorFacts } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "LayerError";
    this.code = code;
    this.facts = options.facts ?? {};
  }
}
