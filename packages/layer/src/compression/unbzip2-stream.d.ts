// The library comes without types.
declare module "unbzip2-stream" {
  /** An old-style stream (of `through`): written to and read from by events only. */
  export default function unbzip2Stream(): NodeJS.ReadWriteStream & { destroy(): void };
}
