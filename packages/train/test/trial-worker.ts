// A worker of a Redis, as `rsdix worker` is one, that finds out sooner that another has died, and tells whoever forked it of each trial
// that it is given. trial-worker.ts URL.
import { serveRedis } from "@rsdix/scale";
import { serveTrial } from "../src/search/serve-trial";

const { signal } = new AbortController();
await serveRedis({
  redis: process.argv[2]!,
  ...{ jobs: 2, lockDuration: 1000, maxStalled: 50, command: () => [], signal },
  async onTask(task, stop) {
    process.send?.("task");
    await serveTrial(task, { program: [], ownCommands: true, signal: stop, beatMs: 50 });
  },
});
