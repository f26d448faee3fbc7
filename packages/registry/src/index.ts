// The embedded registry: the server side of the distribution protocol over a store.
export type { Action, RegistryAuth, Users } from "./auth/registry-auth.ts";
export type { Fault, FaultRule, Faults } from "./faults/faults.ts";
export type { LoggedRequest } from "./request-log.ts";
export { startRegistry } from "./start-registry.ts";
export type { RegistryOptions, RunningRegistry } from "./start-registry.ts";
