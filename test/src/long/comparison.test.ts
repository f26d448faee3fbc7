// Every Dockerfile of test/dockerfiles, built by tsbuild and by buildah.
import { allCases, compareCases } from "../compare/comparison-suite.ts";

compareCases(allCases());
