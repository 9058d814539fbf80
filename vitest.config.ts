import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongFirst } from "./test/shared-forks.ts";
import { projects } from "./vitest.workspace.ts";

export default defineConfig({
  test: {
    projects,
    globalSetup: "./test/global.ts",
    sequence: { sequencer: LongFirst },
    passWithNoTests: false,
    silent: "passed-only",
    // One more than there are cores: many files wait, for Slurm, Redis, processes that they kill and browsers, and would leave a core idle meanwhile. With two
    // more, all together took a tenth more of the processor's time on two cores: 637 s in place of 594.
    maxWorkers: availableParallelism() + 1,
  },
});
