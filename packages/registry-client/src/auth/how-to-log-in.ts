// What to tell someone whose credentials are missing: where they are read from, and who writes them there.

/** The end of a sentence. */
export function howToLogIn(registry: string): string {
  return `store them with docker login ${registry} (or skopeo or podman login), or set DOCKER_AUTH_CONFIG`;
}
