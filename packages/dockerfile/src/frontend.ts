// Which `# syntax=` names the language that is built in. Another frontend is a program that would turn the file into
// something else, and this file could mean anything.

const OWN =
  /^(?:(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)\/)?docker\/dockerfile(?:-upstream)?(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

/** Whether a reference names docker's own Dockerfile frontend in any version, or `dockerfile.v0`. */
export function isOwnFrontend(reference: string): boolean {
  return reference === "dockerfile.v0" || OWN.test(reference);
}
