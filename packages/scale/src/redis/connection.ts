import { fail } from "@rsdix/internal";
import type { Redis } from "ioredis";

/** Where the queue is. */
export interface RedisPlace {
  /** The server, as "redis://host:6379"; "rediss:" with TLS, with a name and a password where it asks for them. */
  readonly redis: string;
  /** The queue's name: "rsdix" unless told otherwise. */
  readonly queue?: string;
}

/** What a worker is asked to do: a shard of a run, by the command that made the run. */
export interface ShardJob {
  /** The run: a hash of its folder and plan. */
  readonly run: string;
  /** The command's arguments. */
  readonly args: readonly string[];
  /** The folder that they are meant in. */
  readonly cwd: string;
  /** Which shard. */
  readonly index: number;
  /** Its name. */
  readonly name: string;
  /** Where its results go: a shard whose file is there is done. */
  readonly results: string;
}

export const QUEUE = "rsdix";
/** Of how many minutes the queue knows how many shards were done. */
export const METRICS_MIN = 60;
const CONNECT_MS = 5000;
/** Longest pause between attempts to reach a server that is gone. */
const RETRY_MS = 1000;

/** What is used of them. */
interface RedisLibraries extends Pick<typeof import("bullmq"), "Queue" | "Worker" | "WaitingError"> {
  readonly Redis: typeof import("ioredis").Redis;
}

/** The libraries, which only those need who have a Redis. */
export async function redisLibraries(): Promise<RedisLibraries> {
  const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]).catch((cause: Error) =>
    fail("MISSING_DEPENDENCY", "Work on Redis needs the packages bullmq and ioredis: npm install bullmq ioredis", cause),
  );
  const { Queue, Worker, WaitingError } = bullmq;
  return { Queue, Worker, WaitingError, Redis: ioredis.Redis };
}

/** A connection to a server that answers now, and is waited for when it is gone later. */
export async function connectRedis(url: string): Promise<Redis> {
  const { Redis } = await redisLibraries();
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    fail("INVALID_ARGUMENT", `redis must be an address such as redis://127.0.0.1:6379, got ${JSON.stringify(url)}.`);
  let reached = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxRetriesPerRequest: null, // what is asked meanwhile waits
    retryStrategy: (times) => (reached ? Math.min(times * 100, RETRY_MS) : null),
  });
  let reason: Error | undefined;
  redis.on("error", (error: Error) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    reached = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    const words = (reason ?? (error as Error)).message || String((reason as NodeJS.ErrnoException | undefined)?.code);
    return fail(
      "PROCESS_FAILED",
      `No Redis answers at ${shown(url)}: ${words.replace(/\.$/, "")}. Start one (redis-server), or give another address.`,
      error,
    );
  }
}

/** An address without its password. */
function shown(url: string): string {
  const parsed = new URL(url);
  if (parsed.password) parsed.password = "***";
  return parsed.href;
}
