// Three projects: `unit` (fast, part of the gate), `system` (the real command against real registries
// and real images) and `long` (fuzz, kills, soak: `npm run test:long`).
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "test/src/house/**/*.test.ts"],
          testTimeout: 30_000,
          // The gate takes under a minute: loading the packages anew for each of 130 files would be half of it.
          isolate: false,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/src/system/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "long",
          include: ["test/src/long/**/*.test.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
