import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { checkRange, fail } from "@rsdix/internal";
import type { Shard } from "./plan";
import { isFinal, type RunShardsOptions, type ShardSummary, Tally } from "./run-shards";
import type { ShardRun } from "./shard-run";
import type { ShardWork } from "./shard-work";

/** How shards are shared out among processes. */
export interface ShardPoolOptions extends RunShardsOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Begins a process that calls `serveShards`: a program and its arguments. */
  readonly command: readonly string[];
  /** How often a shard is tried whose process dies; 3 unless told otherwise. */
  readonly attempts?: number;
}

/** What a pool says to its processes, and they to it. */
type Order = { readonly index: number };
type Answer =
  | { readonly index: number; readonly rows: number; readonly bad: number }
  | { readonly index: number; readonly failed: string; readonly final: boolean; readonly code: string | undefined };

/** How a process ended. */
interface Death {
  /** In words. */
  readonly died: string;
  /** By a signal; else it ended by itself. */
  readonly killed: boolean;
}

const ATTEMPTS = 3;
/** What of a process's errors is kept for the message, in characters. */
const KEPT_OUTPUT = 2000;
/** How long a process that is told to stop may take. */
const GRACE_MS = 5000;
/** How long is waited for what an ended process has written. */
const LAST_WORDS_MS = 500;

/**
 * Does the shards of a run that aren't done yet in processes of their own, a model each, which share the machine's cores. A process that dies is replaced, and
 * its shard is tried again.
 *
 * @param run - of `openShardRun`.
 * @param options - `jobs` processes of `command`; `attempts`, `onProgress`, `signal`.
 * @returns how many are done, and which failed, with reasons.
 * @throws RsdixError ABORTED; INVALID_ARGUMENT; PROCESS_FAILED where the command can't be started; what a process says will not go better with another shard.
 * @example
 * ```ts
 * import { openShardRun, runShardPool } from "@rsdix/scale";
 * const run = await openShardRun("/no/run").catch(() => undefined);
 * if (run) await runShardPool(run, { jobs: 2, command: [process.execPath, "worker.mjs"] }); // worker.mjs calls serveShards
 * ```
 * @see https://nodejs.org/api/child_process.html
 */
export async function runShardPool(run: ShardRun, options: ShardPoolOptions): Promise<ShardSummary> {
  const { jobs, command, attempts = ATTEMPTS, onProgress, signal } = options;
  checkRange(jobs, "jobs", { min: 1, max: 1024, integer: true });
  checkRange(attempts, "attempts", { min: 1, integer: true });
  if (!Array.isArray(command) || command.length === 0) fail("INVALID_ARGUMENT", "command must list a program and its arguments.");
  const waiting = (await run.pending()).map((shard) => ({ shard, tried: 0 }));
  const tally = new Tally(run.shards.length - waiting.length, run.shards.length, onProgress);
  const threads = Math.max(1, Math.floor(availableParallelism() / Math.min(jobs, Math.max(1, waiting.length))));
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;

  /** Processes in a row that were killed before they had begun. */
  let unborn = 0;

  async function worker(): Promise<void> {
    let child: ShardProcess | undefined;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        if (stopped.aborted) return;
        child ??= new ShardProcess(command, threads, stopped);
        const answer = await child.do(next.shard);
        if (stopped.aborted) return;
        if ("died" in answer) {
          child = undefined;
          // One that ends by itself before it has begun would do so again; one that was killed may have been in somebody's way.
          if (answer.neverBegan && (!answer.killed || ++unborn >= attempts * jobs))
            fail("PROCESS_FAILED", `A process of the pool ${answer.died}`);
          if (++next.tried < attempts) waiting.push(next);
          else tally.failed.push({ name: next.shard.name, reason: `its process ${answer.died} (${attempts} times)` });
          continue;
        }
        unborn = 0;
        if ("failed" in answer) {
          if (answer.final) fail((answer.code ?? "PROCESS_FAILED") as "PROCESS_FAILED", answer.failed);
          tally.failed.push({ name: next.shard.name, reason: answer.failed });
        } else tally.add(answer);
      }
    } catch (error) {
      stop.abort(error); // the others would fare no better
      throw error;
    } finally {
      await child?.end();
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(jobs, waiting.length) }, worker));
  const failure = ended.find((each) => each.status === "rejected");
  if (failure) throw failure.reason;
  if (signal?.aborted) fail("ABORTED", "The run was stopped; what is done stays, and the same command goes on.", signal.reason);
  return tally.summary();
}

/** A process that does shards, one at a time. */
export class ShardProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<Death>;
  private output = "";
  private ready = false;
  private onReady: (() => void) | undefined;
  private onAnswer: ((answer: Answer) => void) | undefined;

  constructor([program, ...args]: readonly string[], threads: number, signal: AbortSignal, cwd?: string) {
    const env = { RSDIX_THREADS: String(threads), ...process.env };
    this.child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe", "ipc"], env, cwd, windowsHide: true });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.output = (this.output + text).slice(-KEPT_OUTPUT);
    });
    this.child.on("message", (message: "ready" | Answer) => {
      if (message !== "ready") return this.onAnswer?.(message);
      this.ready = true;
      this.onReady?.();
    });
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => resolve({ died: `cannot be started: ${error.message}.`, killed: false }));
      // Not "close", which doesn't come to whoever has disconnected; what it last wrote may still be on its way.
      this.child.once("exit", async (code, by) => {
        const { stderr } = this.child;
        if (!stderr!.readableEnded) await Promise.race([once(stderr!, "end"), wait(LAST_WORDS_MS, undefined, { ref: false })]);
        const last = this.output.trimEnd().split("\n").at(-1);
        resolve({ died: `${by ? `was killed by ${by}` : `ended with code ${code}`}${last ? `: ${last}` : "."}`, killed: by !== null });
      });
    });
    const onAbort = () => void this.end();
    signal.addEventListener("abort", onAbort, { once: true });
    void this.ended.then(() => signal.removeEventListener("abort", onAbort));
  }

  /** Has a shard done. */
  do({ index }: Pick<Shard, "index">): Promise<Answer | (Death & { readonly neverBegan: boolean })> {
    const answered = new Promise<Answer>((resolve) => {
      this.onAnswer = resolve;
    });
    const order = () => this.child.connected && this.child.send({ index } satisfies Order, () => undefined);
    if (this.ready) order();
    else this.onReady = order; // it loads its model first
    return Promise.race([answered, this.ended.then((death) => ({ ...death, neverBegan: !this.ready }))]);
  }

  /** Lets it end, and makes it where it doesn't. */
  async end(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), GRACE_MS);
    await this.ended.finally(() => clearTimeout(timer));
  }
}

/**
 * Does shards for a pool, until the pool has no more: what the processes of `runShardPool` call, after they have loaded their model.
 *
 * @param run - the same run as the pool's.
 * @param work - gives a shard's results.
 * @returns when the pool has ended, or was killed.
 * @throws RsdixError INVALID_ARGUMENT where no pool began this process.
 * @example
 * ```ts
 * import { openShardRun, serveShards } from "@rsdix/scale";
 * if (process.send && process.argv[2]) {
 *   await serveShards(await openShardRun(process.argv[2]), async function* ({ name }) {
 *     yield { id: name, file: `${name}.png`, values: { caption: "a lake" } };
 *   });
 * }
 * ```
 * @see https://nodejs.org/api/process.html#processsendmessage-sendhandle-options-callback
 */
export async function serveShards(run: ShardRun, work: ShardWork): Promise<void> {
  if (!process.send) fail("INVALID_ARGUMENT", "serveShards does what a pool asks for, but no pool began this process: runShardPool does.");
  const stop = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const gone = new Promise<void>((resolve) => {
    process.once("disconnect", () => {
      stop.abort(new Error("the pool has ended"));
      resolve();
    });
  });
  const answer = (message: "ready" | Answer) => process.connected && process.send!(message, () => undefined);
  process.on("message", ({ index }: Order) => {
    last = (async () => {
      try {
        const { rows, bad } = await run.run(run.shards[index]!, work, stop.signal);
        answer({ index, rows, bad });
      } catch (error) {
        const { message, code } = error as Error & { code?: string };
        answer({ index, failed: message, code, final: isFinal(error) });
      }
    })();
  });
  answer("ready");
  await gone;
  await last;
}
