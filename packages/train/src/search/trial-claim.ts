import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

/** How often whoever has a trial says so, in milliseconds. */
export const BEAT_MS = 1000;
/** After how many beats without a word it is dead. */
const SILENT_BEATS = 10;

/** A trial that is this process's own. */
export interface TrialClaim {
  /** Fires when another took it, as nothing was heard of this one for long. */
  readonly lost: AbortSignal;
  /** Whether it still is: a process that was paused may not know yet that another took it. */
  isOurs(): Promise<boolean>;
  /** Gives it back. */
  release(): Promise<void>;
}

/**
 * Makes a trial this process's own: of two workers that are given the same one, by a Redis that had forgotten or given one up for dead, one runs it and the
 * other waits. It says so by a file that it writes anew with each beat, which holds between machines, too, whose clocks differ.
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
    if (isMine) {
      const claim = keep(path, token, beatMs);
      if (!(await isOver())) return claim;
      await claim.release(); // whoever had it was done since that was asked
      return undefined;
    }
    const { end, said } = await watch(path, beatMs, isOver);
    if (end === "dead") await moveAway(path, said!, `${path}.${token}`);
  }
}

/** Of two that find one dead, the first moves it away. What the other moves is then the first one's own, and is put back. */
async function moveAway(path: string, said: string, aside: string): Promise<void> {
  const isGone = await rename(path, aside).then(
    () => false,
    () => true,
  );
  if (isGone) return;
  if ((await readFile(aside, "utf8")) !== said) await link(aside, path).catch(() => undefined); // where a third has it now, both see one's loss
  await rm(aside, { force: true });
}

/** Waits until whoever has a trial gives it back, or is dead; or until it needs to be run by nobody any more. */
export async function claimEnds(path: string, beatMs = BEAT_MS, isOver?: () => Promise<boolean>): Promise<"dead" | "free" | "over"> {
  return (await watch(path, beatMs, isOver)).end;
}

/** How a claim ends, and what it said last. It is read once more before it is dead: another may have taken it in the last beat. */
async function watch(
  path: string,
  beatMs: number,
  isOver?: () => Promise<boolean>,
): Promise<{ end: "dead" | "free" | "over"; said?: string }> {
  let said: string | undefined;
  for (let silent = 0; ; silent++) {
    const now = await readFile(path, "utf8").catch(() => undefined);
    if (now === undefined) return { end: "free" };
    if (await isOver?.()) return { end: "over" };
    if (now !== said) silent = 0;
    if (silent > SILENT_BEATS) return { end: "dead", said: now };
    said = now;
    await wait(beatMs);
  }
}

function keep(path: string, token: string, beatMs: number): TrialClaim {
  const lost = new AbortController();
  let beats = 0;
  let last: Promise<void> = Promise.resolve();
  let isMissing = false;
  const said = () => readFile(path, "utf8").catch(() => undefined);
  const isOurs = async () => {
    for (let looks = 1; ; looks++) {
      try {
        return (await readFile(path, "utf8")).startsWith(token);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") return !lost.signal.aborted; // what can't be read now may be ours
        if (looks === 2) return false;
        await wait(beatMs); // another that takes it for a dead one's may be putting it back
      }
    }
  };
  const beat = async () => {
    const now = await said();
    const wasMissing = isMissing;
    isMissing = now === undefined;
    if (now?.startsWith(token)) await writeFile(path, `${token} ${++beats}`).catch(() => undefined);
    else if (isMissing && !wasMissing)
      return; // another that takes it for a dead one's may be putting it back
    else if (!lost.signal.aborted) lost.abort(new Error("another worker took the trial"));
  };
  const timer = setInterval(() => {
    last = last.then(beat);
  }, beatMs);
  return {
    lost: lost.signal,
    isOurs() {
      const found = last.then(isOurs); // not amid a beat, which empties the file first
      last = found.then(() => undefined);
      return found;
    },
    async release() {
      clearInterval(timer);
      await last;
      if ((await said())?.startsWith(token)) await rm(path, { force: true });
    },
  };
}
