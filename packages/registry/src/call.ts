// One request, as the endpoints see it.
import type { Bytes } from "@tsbuild/store";
import type { RegistryStorage } from "./storage/registry-storage.ts";
import type { Permission } from "./auth/registry-auth.ts";

export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** The request's body, once. */
  readonly body: Bytes;
  readonly storage: RegistryStorage;
  /** What the client may do. */
  readonly permission: Permission;
}
