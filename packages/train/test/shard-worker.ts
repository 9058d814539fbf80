// A worker of a Redis, as `rsdix worker` is one, that finds out sooner that another has died. shard-worker.ts URL PROGRAM [SHARDS]: the program is rsdix;
// with a number of shards the worker does two at a time, and kills itself when so many are done: while it is at another.
import { serveRedis } from "@rsdix/scale";
import { servedCommand } from "../src/cli/worker-command";

const [redis, program, shards] = process.argv.slice(2);
let left = Number(shards);
const { signal } = new AbortController();
await serveRedis({
  ...{ redis: redis!, jobs: shards === undefined ? 1 : 2, lockDuration: 1000, maxStalled: 50, signal },
  command: (args) => servedCommand(args).with(1, program!),
  onShard: () => void (--left === 0 && process.kill(process.pid, "SIGKILL")),
});
