import { setTimeout as wait } from "node:timers/promises";
import { type QueueState, redisState, type SearchState } from "@rsdix/scale";
import type { Command } from "commander";
import { SOUGHT } from "../fit/better";
import { addRedisFlags, type RedisFlags, redisPlace } from "./on-redis";
import type { CliSession } from "./session";

interface Flags extends RedisFlags {
  readonly json?: boolean;
}

const EVERY_MS = 1000;
/** Of how many minutes the speed is the mean. */
const MINUTES = 10;

/** `dashboard`: how a Redis's queue stands. */
export function addDashboard(program: Command, session: CliSession): void {
  const command = program
    .command("dashboard")
    .description(
      "Says how the queue of a Redis stands: shards and trials that wait, are worked at and are done, how fast, how long the rest takes, what failed, and how far searches are. On a terminal it is " +
        "said anew every second, until Ctrl-C or until nothing is left to do; elsewhere once.",
    )
    .option("--json", "says it once, as JSON");
  addRedisFlags(command)
    .addHelpText("after", "\nExample:\n  $ rsdix dashboard --redis redis://host:6379")
    .action((flags: Flags) => show(flags, session));
}

async function show(flags: Flags, session: CliSession): Promise<void> {
  const { read, close } = await redisState(redisPlace(flags), session.signal);
  try {
    let state = await read();
    let speed = speedOf(state.perMinute);
    if (flags.json)
      return session.print(JSON.stringify({ ...state, perSecond: speed ?? null, secondsLeft: secondsLeft(state, speed) ?? null }));
    const { done: first } = state;
    const stopped = new Promise<undefined>((resolve) => session.signal.addEventListener("abort", () => resolve(undefined), { once: true }));
    const began = performance.now();
    while (session.progressWidth !== undefined && state.waiting + state.active > 0 && !session.signal.aborted) {
      session.progress(
        [stateText(state, speed), ...state.searches.filter(({ running }) => running > 0).map(searchText)]
          .join("; ")
          .slice(0, session.progressWidth),
      );
      await wait(EVERY_MS, undefined, { signal: session.signal }).catch(() => undefined);
      const now = await Promise.race([read(), stopped]); // while Redis is gone, it would wait for it
      if (!now) break;
      state = now;
      speed = speedOf(state.perMinute) ?? (state.done > first ? (state.done - first) / ((performance.now() - began) / 1000) : undefined);
    }
    session.print(
      [
        stateText(state, speed),
        ...state.searches.map(searchText),
        ...state.failed.map(({ name, reason }) => `failed: ${name}: ${reason}`),
      ].join("\n"),
    );
  } finally {
    await close();
  }
}

/** Shards and trials a second, of the last minutes; undefined before a minute has gone by, and where nothing was done in them. */
export function speedOf(perMinute: readonly number[]): number | undefined {
  const last = perMinute.slice(0, MINUTES);
  const sum = last.reduce((a, b) => a + b, 0);
  return sum > 0 ? sum / last.length / 60 : undefined;
}

const secondsLeft = ({ waiting, active }: QueueState, speed: number | undefined) =>
  speed === undefined ? undefined : Math.ceil((waiting + active) / speed);

/** A line that says how the queue stands. */
export function stateText(state: QueueState, speed: number | undefined): string {
  const { waiting, active, done, workers, failed } = state;
  const n = (value: number) => value.toLocaleString("en");
  const rest = secondsLeft(state, speed);
  const pace = speed === undefined ? "" : `, ${speed.toFixed(2)} a second, ${n(rest!)} s left`;
  return `${n(waiting)} waiting, ${n(active)} worked at by ${n(workers)} workers, ${n(done)} done, ${n(failed.length)} failed${pace}`;
}

/** A line that says how a search stands. */
export function searchText({ name, done, failed, running, total, metric, mode = "min", best }: SearchState): string {
  const of = (count: number, what: string) => (count > 0 ? `, ${count.toLocaleString("en")} ${what}` : "");
  const lowest = best === null ? "" : `, ${SOUGHT[mode]} ${metric} ${best}`;
  return `search ${name}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")} trials${of(failed, "of them failed")}${of(running, "asked for")}${lowest}`;
}
