import { availableParallelism } from "node:os";
import { fail } from "@rsdix/internal";
import { serveRedis } from "@rsdix/scale";
import type { Command } from "commander";
import { addRedisFlags, type RedisFlags, redisPlace } from "./on-redis";
import type { CliSession } from "./session";
import { jobsNumber } from "./values";

interface Flags extends RedisFlags {
  readonly jobs?: number;
  readonly ownCommands?: boolean;
  readonly json?: boolean;
}

/** What a worker does for whoever writes to its queue: nothing else of this program. */
const SERVED = ["embed", "caption", "eval"];

/** `worker`: serves the shards and trials that others put into a Redis. */
export function addWorker(program: Command, session: CliSession): void {
  const command = program
    .command("worker")
    .description(
      "Does the shards of rsdix embed, rsdix caption and rsdix eval and the trials of rsdix search that are put into a Redis with --on redis, until it is stopped: Ctrl-C gives back what it is at. " +
        "Folders and archives must be there under the paths that the command names. Who may write to the Redis decides what is read and written here: guard it with a password.",
    )
    .option("--jobs <processes>", "shards and trials at a time, a process each (1)", jobsNumber)
    .option("--own-commands", "runs programs that grid files name, too: whoever may write to the Redis then says which")
    .option("--json", "says as JSON what was done, when it is stopped");
  addRedisFlags(command)
    .addHelpText("after", "\nExample:\n  $ rsdix worker --redis redis://host:6379 --jobs 2")
    .action((flags: Flags) => serve(flags, session));
}

async function serve(flags: Flags, session: CliSession): Promise<void> {
  const { signal } = session;
  const { jobs = 1, ownCommands = false, json } = flags;
  const threads = jobs > 1 ? { threads: Math.max(1, Math.floor(availableParallelism() / jobs)) } : {};
  let [done, trials] = [0, 0];
  await serveRedis({
    ...redisPlace(flags),
    jobs,
    command: servedCommand,
    onShard: ({ results }, outcome) => {
      if (outcome === "done") session.progress(`${(++done).toLocaleString("en")} shards done, the last one ${results}`);
      else session.note(`${results}: ${outcome}`);
    },
    async onTask(task, stop) {
      const { serveTrial } = await import("../search/serve-trial");
      const program = [process.execPath, process.argv[1]!];
      const isDone = await serveTrial(task, { program, ownCommands, ...threads, signal: stop }).catch((error: Error) => {
        session.note(`${task.name}: ${error.message}`);
        throw error;
      });
      if (isDone) session.progress(`${(++trials).toLocaleString("en")} trials done, the last one ${task.name}`);
    },
    onNote: (text) => session.note(text),
    signal,
  });
  const text = `${done.toLocaleString("en")} shards${trials > 0 ? ` and ${trials.toLocaleString("en")} trials` : ""} done`;
  session.print(json ? JSON.stringify({ shards: done, trials }) : text);
}

/** The process that does a job's shards; refused where the job asks for another command. */
export function servedCommand(args: readonly string[]): string[] {
  const name = args.find((each) => !each.startsWith("-"));
  if (name === undefined || !SERVED.includes(name))
    fail(
      "INVALID_ARGUMENT",
      `A worker does shards of ${SERVED.slice(0, -1).join(", ")} and ${SERVED.at(-1)}, and was asked for ${JSON.stringify(name ?? "nothing")}.`,
    );
  return [process.execPath, process.argv[1]!, ...args, "--serve-shards"];
}
