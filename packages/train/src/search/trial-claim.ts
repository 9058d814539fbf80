import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/** How often whoever has a trial says so, in milliseconds. */
export const BEAT_MS = 1000;
/** After how many beats without a word it is dead. */
const SILENT_BEATS = 10;

/** A trial that is this process's own. */
export interface TrialClaim {
  /** Fires when another took it, as nothing was heard of this one for long. */
  readonly lost: AbortSignal;
  /** Gives it back. */
  release(): Promise<void>;
}

/**
 * Makes a trial this process's own: of two workers that are given the same one, by a Redis that had forgotten or given one up for dead, one runs it and the other
 * waits. It says so by a file that it writes anew with each beat, which holds between machines, too, whose clocks differ.
 *
 * @param isOver - whether the trial needs to be run by nobody any more.
 * @returns undefined where that came to be.
 */
export async function claimTrial(path: string, isOver: () => Promise<boolean>, beatMs = BEAT_MS): Promise<TrialClaim | undefined> {
  const token = randomUUID();
  for (;;) {
    if (await isOver()) return undefined;
    const isMine = await writeFile(path, `${token} 0`, { flag: "wx" }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        return false;
      },
    );
    if (isMine) return keep(path, token, beatMs);
    if ((await claimEnds(path, beatMs, isOver)) === "dead") {
      // Of two that find it dead, one moves it away; the other finds what that one has made.
      const aside = `${path}.${token}`;
      await rename(path, aside).catch(() => undefined);
      await rm(aside, { force: true });
    }
  }
}

/** Waits until whoever has a trial gives it back, or is dead; or until it needs to be run by nobody any more. */
export async function claimEnds(path: string, beatMs = BEAT_MS, isOver?: () => Promise<boolean>): Promise<"dead" | "free" | "over"> {
  let before: string | undefined;
  for (let silent = 0; silent <= SILENT_BEATS; silent++) {
    const now = await readFile(path, "utf8").catch(() => undefined);
    if (now === undefined) return "free";
    if (await isOver?.()) return "over";
    if (now !== before) silent = 0;
    before = now;
    await wait(beatMs);
  }
  return "dead";
}

function keep(path: string, token: string, beatMs: number): TrialClaim {
  const lost = new AbortController();
  let beats = 0;
  let last: Promise<void> = Promise.resolve();
  const isOurs = async () => (await readFile(path, "utf8").catch(() => "")).startsWith(token);
  const beat = async () => {
    if (await isOurs()) await writeFile(path, `${token} ${++beats}`).catch(() => undefined);
    else if (!lost.signal.aborted) lost.abort(new Error("another worker took the trial"));
  };
  const timer = setInterval(() => {
    last = last.then(beat);
  }, beatMs);
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await last;
      if (await isOurs()) await rm(path, { force: true });
    },
  };
}
