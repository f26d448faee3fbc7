// A sample of test/dockerfiles, built by tsbuild and by buildah. All of them are compared in long/.
import { expect, it } from "vitest";
import { allCases, compareCases, sampleOfCases } from "../compare/comparison-suite.ts";

compareCases(sampleOfCases(50, 7));

it("compares 200 Dockerfiles and more, 60 of them with RUN", () => {
  const names = allCases();
  expect(names.length).toBeGreaterThanOrEqual(200);
  expect(names.filter((name) => name.startsWith("run-")).length).toBeGreaterThanOrEqual(60);
});
