import { fail } from "@rsdix/internal";
import type { Redis } from "ioredis";
import { answered, noteSilent } from "./answers";

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
  /** A hash of what is known of its images: a process knows those of its beginning. */
  readonly images: string;
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

/** What a worker is asked to do besides shards: a task of its own, such as a trial of a search. */
export interface RedisTask {
  /** What tells it from all others: it is in the queue once. */
  readonly id: string;
  /** Its name, for people. */
  readonly name: string;
  /** The file that is there when it is done, under the same path for all. */
  readonly results: string;
  /** What is to be done, as the worker understands it: it travels as JSON. */
  readonly task: object;
}

export type Work = ShardJob | RedisTask;
export const isTask = (work: Work): work is RedisTask => "task" in work;

export const QUEUE = "rsdix";
/** Of how many minutes the queue knows how many shards were done. */
export const METRICS_MIN = 60;
const CONNECT_MS = 5000;
/** Longest pause between questions to a server that reads its data. */
const LOADING_MS = 2000;
/** Longest pause between attempts to reach a server that is gone. */
const RETRY_MS = 1000;

/** What is used of them. */
interface RedisLibraries extends Pick<typeof import("bullmq"), "Queue" | "Worker" | "WaitingError"> {
  readonly Redis: typeof import("ioredis").Redis;
}

/** The libraries, which only those need who have a Redis. */
async function redisLibraries(): Promise<RedisLibraries> {
  const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]).catch((cause: Error) =>
    fail("MISSING_DEPENDENCY", "Work on Redis needs the packages bullmq and ioredis: npm install bullmq ioredis", cause),
  );
  const { Queue, Worker, WaitingError } = bullmq;
  return { Queue, Worker, WaitingError, Redis: ioredis.Redis };
}

/**
 * What `open` makes of a connection to a server that answers now, and is waited for when it is gone later; and the connection, which is closed where that
 * fails: while it is open, the program doesn't end.
 */
export async function openOnRedis<T>(
  { redis: url, queue = QUEUE }: RedisPlace,
  open: (libraries: RedisLibraries, connection: Redis, queue: string) => T,
  signal?: AbortSignal,
): Promise<{ readonly opened: T; readonly connection: Redis }> {
  if (typeof queue !== "string" || queue === "" || queue.includes(":"))
    fail("INVALID_ARGUMENT", `queue must be a name without a colon, such as "${QUEUE}", got ${JSON.stringify(queue)}.`);
  const libraries = await redisLibraries();
  const connection = await connectRedis(url, libraries, signal);
  try {
    return { opened: open(libraries, connection, queue), connection };
  } catch (error) {
    connection.disconnect();
    throw error;
  }
}

async function connectRedis(url: string, { Redis }: RedisLibraries, signal: AbortSignal | undefined): Promise<Redis> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    fail("INVALID_ARGUMENT", `redis must be an address such as redis://127.0.0.1:6379, got ${JSON.stringify(url)}.`);
  if (!/^\/?\d*$/.test(new URL(url).pathname))
    fail(
      "INVALID_ARGUMENT",
      `What follows the host in ${shown(url)} must be a database's number, such as redis://127.0.0.1:6379/3, or nothing.`,
    );
  let reached = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    maxLoadingRetryTime: LOADING_MS,
    maxRetriesPerRequest: null, // what is asked meanwhile waits
    retryStrategy: (times) => (reached ? Math.min(times * 100, RETRY_MS) : null),
  });
  let reason: Error | undefined;
  redis.on("error", (error: Error) => {
    reason = error;
  });
  try {
    const begun = redis.connect().then(() => redis.ping());
    await answered(begun, redis, { where: `the Redis at ${shown(url)}`, signal });
    reached = true;
  } catch (error) {
    redis.disconnect();
    if ((error as Error).name === "RsdixError") throw error;
    const words = (reason ?? (error as Error)).message || String((reason as NodeJS.ErrnoException | undefined)?.code);
    return fail(
      "PROCESS_FAILED",
      `No Redis answers at ${shown(url)}: ${words.replace(/\.$/, "")}. Start one (redis-server), or give another address.`,
      error,
    );
  }
  await checkDatabase(redis, url);
  return redis;
}

/** The library asks for the address's database by itself, and goes on in the first one where that is refused. */
async function checkDatabase(redis: Redis, url: string): Promise<void> {
  const { db = 0 } = redis.options;
  if (db === 0) return;
  await redis.select(db).catch((error: Error) => {
    redis.disconnect();
    fail("INVALID_ARGUMENT", `The Redis at ${shown(url)} has no database ${db}: ${error.message}. Give another number, or none.`, error);
  });
}

/** What a Redis that answers refuses, in words: as a replica that may not be written to does, or one without memory; undefined for another error. */
export function refusalOf(error: unknown): string | undefined {
  const { name, message } = error as Error;
  if (name !== "ReplyError") return undefined;
  const words = message.replace(/ script: [0-9a-f]{40}, on @user_script.*$/s, "").replace(/\.$/, "");
  return `Redis refuses what it is asked (${words}): it must be one that may be written to, with memory left, whose keys of the queue are nobody else's (--queue)`;
}

/** Throws an error, in words where it is such a refusal. */
export function throwInWords(error: unknown, advice = ""): never {
  const refusal = refusalOf(error);
  if (refusal !== undefined) fail("PROCESS_FAILED", `${refusal}.${advice}`, error);
  throw error;
}

/** Has it told, once, when the Redis is gone, or answers nothing, until it is back. */
export function noteGone(
  emitter: { on(event: "error", listener: (error: Error) => void): unknown },
  redis: Redis,
  note: (text: string) => void,
): void {
  let gone = false;
  let refused: string | undefined;
  emitter.on("error", (error) => {
    if (redis.status === "ready") {
      const refusal = refusalOf(error);
      if (refusal !== undefined && refusal !== refused) note(refusal);
      refused = refusal ?? refused;
      return; // an error of one answer
    }
    if (!gone) note(`Redis is gone (${error.message}): it is waited for`);
    gone = true;
  });
  redis.on("ready", () => {
    gone = false;
  });
  noteSilent(redis, note);
}

/** Has it told, once, that nobody serves a queue that has work, until somebody does. */
export function lonelyNote(
  queue: { getWorkersCount(): Promise<number> },
  note: ((text: string) => void) | undefined,
): (hasWork: boolean) => Promise<void> {
  let lonely = false;
  return async (hasWork) => {
    const isLonely = hasWork && (await queue.getWorkersCount()) === 0;
    if (isLonely && !lonely) note?.("no worker serves the queue: start rsdix worker with the same --redis and --queue");
    lonely = isLonely;
  };
}

/** An address without its password. */
function shown(url: string): string {
  const parsed = new URL(url);
  if (parsed.password) parsed.password = "***";
  return parsed.href;
}
