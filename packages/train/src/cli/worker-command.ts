import { fail } from "@rsdix/internal";
import { serveRedis } from "@rsdix/scale";
import type { Command } from "commander";
import { addRedisFlags, type RedisFlags, redisPlace } from "./on-redis";
import type { CliSession } from "./session";
import { positiveNumber } from "./values";

interface Flags extends RedisFlags {
  readonly jobs?: number;
}

/** What a worker does for whoever writes to its queue: nothing else of this program. */
const SERVED = ["embed", "caption"];

/** `worker`: serves the shards that others put into a Redis. */
export function addWorker(program: Command, session: CliSession): void {
  const command = program
    .command("worker")
    .description(
      "Does the shards that rsdix embed and rsdix caption put into a Redis with --on redis, of any run, until it is stopped: Ctrl-C gives back what it is at. " +
        "Folders and archives must be there under the paths that the command names. Who may write to the Redis decides what is read and written here: guard it with a password.",
    )
    .option("--jobs <processes>", "shards at a time, a process with a model each (1)", positiveNumber);
  addRedisFlags(command)
    .addHelpText("after", "\nExample:\n  $ rsdix worker --redis redis://host:6379 --jobs 2")
    .action((flags: Flags) => serve(flags, session));
}

async function serve(flags: Flags, session: CliSession): Promise<void> {
  const { signal } = session;
  let done = 0;
  await serveRedis({
    ...redisPlace(flags),
    ...(flags.jobs !== undefined && { jobs: flags.jobs }),
    command: servedCommand,
    onShard: ({ results }, outcome) => {
      if (outcome === "done") session.progress(`${(++done).toLocaleString("en")} shards done, the last one ${results}`);
      else session.note(`${results}: ${outcome}`);
    },
    onNote: (text) => session.note(text),
    signal,
  });
  session.print(`${done.toLocaleString("en")} shards done`);
}

/** The process that does a job's shards; refused where the job asks for another command. */
export function servedCommand(args: readonly string[]): string[] {
  const name = args.find((each) => !each.startsWith("-"));
  if (name === undefined || !SERVED.includes(name))
    fail("INVALID_ARGUMENT", `A worker does shards of ${SERVED.join(" and ")}, and was asked for ${JSON.stringify(name ?? "nothing")}.`);
  return [process.execPath, process.argv[1]!, ...args, "--serve-shards"];
}
