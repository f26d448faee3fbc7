// What the functions that pull and push know about the repository they work for.
import type { RegistryHost } from "./registry-host.ts";

export interface RepositoryContext {
  readonly host: RegistryHost;
  readonly repository: string;
  /** As users write it, for messages: `registry/repository`. */
  readonly name: string;
}
