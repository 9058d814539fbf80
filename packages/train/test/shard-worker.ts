// A worker of a Redis, as `rsdix worker` is one, that finds out sooner that another has died. shard-worker.ts URL PROGRAM, which is rsdix.
import { serveRedis } from "@rsdix/scale";
import { servedCommand } from "../src/cli/worker-command";

const [redis, program] = process.argv.slice(2);
const { signal } = new AbortController();
await serveRedis({
  ...{ redis: redis!, jobs: 1, lockDuration: 1000, maxStalled: 50, signal },
  command: (args) => servedCommand(args).with(1, program!),
});
