import { type RunShardsOptions, runShardsOnRedis, type ShardRun, type ShardSummary } from "@rsdix/scale";
import type { Command } from "commander";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { withoutFlags } from "./without-flags";

/** Flags that say where the Redis is. */
export interface RedisFlags {
  readonly redis?: string;
  readonly queue?: string;
}

/** The Redis of one's own machine. */
const HERE = "redis://127.0.0.1:6379";

/** Where the flags say that the queue is. */
export const redisPlace = ({ redis = HERE, queue }: RedisFlags) => ({ redis, ...(queue !== undefined && { queue }) });

/** Adds the flags of {@link RedisFlags}. */
export function addRedisFlags(command: Command): Command {
  return command
    .option("--redis <url>", `the Redis, such as redis://host:6379 (${HERE})`)
    .option("--queue <name>", 'the queue in it: workers serve the one that they name ("rsdix")');
}

/** Refuses flags that would do nothing. */
export function checkRedisFlags({ on }: { readonly on?: string }, command: Command): void {
  if (on === "redis") refuseIdle(command, { "with --on redis: rsdix worker has it": ["--jobs"] });
  else refuseIdle(command, { "without --on redis": ["--redis", "--queue"] });
}

/** Has the run's shards done by workers of a Redis, by this very command. */
export function onRedis(run: ShardRun, flags: RedisFlags, session: CliSession, options: RunShardsOptions): Promise<ShardSummary> {
  const onNote = (text: string) => session.note(text);
  return runShardsOnRedis(run, { ...options, ...redisPlace(flags), args: withoutRedis(process.argv.slice(2)), onNote });
}

/** The command as a worker's process is begun with it, which has no business with the Redis, nor with its password. */
export const withoutRedis = (args: readonly string[]) => withoutFlags(args, ["--on", "--redis", "--queue"]);
