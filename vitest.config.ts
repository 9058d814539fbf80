import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { projects } from "./vitest.workspace.ts";

export default defineConfig({
  test: {
    projects,
    globalSetup: "./test/global.ts",
    passWithNoTests: false,
    silent: "passed-only",
    maxWorkers: availableParallelism(), // Vitest would leave one core to itself: on two cores all files would run one by one
  },
});
