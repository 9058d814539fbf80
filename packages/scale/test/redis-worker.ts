// A worker of a Redis, as `rsdix worker` is one. redis-worker.ts URL SHARD_PROGRAM [LOCK_MS]; its jobs' arguments are the program's.
import { serveRedis } from "../src";

const [redis, program, lockDuration = "30000"] = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("stopped")));
await serveRedis({
  redis: redis!,
  command: (args) => [process.execPath, program!, ...args],
  ...{ lockDuration: Number(lockDuration), maxStalled: 50, signal: stop.signal },
  onShard: ({ name }, outcome) => process.send?.({ name, outcome }),
});
