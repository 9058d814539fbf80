import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { claimEnds, claimTrial } from "./trial-claim";

/** What whoever waits for a claim does between two looks, in place of waiting for a beat. */
const between = vi.hoisted(() => ({ looks: undefined as (() => Promise<void>) | undefined }));
vi.mock("node:timers/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:timers/promises")>();
  return { ...real, setTimeout: (ms: number) => between.looks?.() ?? real.setTimeout(ms) };
});

afterEach(() => {
  between.looks = undefined;
});

const BEAT = 10;
const path = () => join(scratchFolder(), "trial-001.claim");
const never = async () => false;

it("is one worker's at a time: the other waits until it is given back", async () => {
  const file = path();
  const first = (await claimTrial(file, never, BEAT))!;
  const said = () => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "given back";
    }
  };
  let looks = 0;
  const manyLooks = new Promise<void>((resolve) => {
    between.looks = async () => {
      if (++looks === 60) resolve(); // many more than a dead one is given
      if (looks % 10 > 0) return;
      const none = ["", said()].filter((text) => text !== "given back"); // it is empty while it is being written
      await vi.waitUntil(() => !none.includes(said()), { interval: 2, timeout: 30_000 }); // a beat, however long it takes
    };
  });
  let has = false;
  const second = claimTrial(file, never, BEAT).then((claim) => {
    has = true;
    return claim!;
  });
  await Promise.race([manyLooks, second]);
  expect([has, first.lost.aborted]).toEqual([false, false]);
  await first.release();
  await (await second).release();
  expect(existsSync(file)).toBe(false);
});

it("is taken over from a worker that is dead, by one of two that find it so in the same beat", { timeout: 20_000 }, async () => {
  const folder = scratchFolder();
  const beat = BEAT * 4; // so that their beats stay apart
  const takeOver = async (part: number) => {
    const file = join(folder, `${part}.claim`);
    writeFileSync(file, "somebody 7");
    const one = claimTrial(file, never, beat);
    await wait(part * beat);
    const two = claimTrial(file, never, beat);
    const first = (await Promise.race([one, two]))!;
    const said = await vi.waitFor(() => readFileSync(file, "utf8"), { timeout: 30_000 }); // the other may have it aside for a moment
    expect(said).not.toMatch(/somebody/);
    await wait(beat * 4);
    expect([part, first.lost.aborted]).toEqual([part, false]);
    await first.release();
    for (const claim of await Promise.all([one, two])) await claim!.release();
  };
  await Promise.all([0, 0.2, 0.4, 0.6, 0.8].map(takeOver));
  expect(readdirSync(folder)).toEqual([]);
});

it("is lost to another that took it, whose file it leaves", async () => {
  const file = path();
  const claim = (await claimTrial(file, never, BEAT))!;
  for (const end = Date.now() + BEAT * 10; Date.now() < end; ) expect(await claim.isOurs()).toBe(true); // also amid its beats
  const lost = once(claim.lost, "abort");
  await vi.waitFor(async () => {
    writeFileSync(file, "somebody 1"); // over which a beat may just have been writing
    expect(await claim.isOurs()).toBe(false);
  }, 30_000);
  await lost;
  await claim.release();
  expect(readFileSync(file, "utf8")).toBe("somebody 1");
});

it("is its own though it isn't there for a moment, or can't be read, and not where it is gone", async () => {
  const file = path();
  const claim = (await claimTrial(file, never, 60_000))!;
  const text = readFileSync(file, "utf8");
  rmSync(file);
  let looks = 0;
  between.looks = async () => {
    if (++looks === 1) writeFileSync(file, text);
  };
  expect([await claim.isOurs(), looks]).toEqual([true, 1]);
  rmSync(file);
  expect([await claim.isOurs(), looks]).toEqual([false, 2]);
  mkdirSync(file); // which can't be read as a file is
  expect(await claim.isOurs()).toBe(true);
  rmSync(file, { recursive: true });
  await claim.release();
});

it("isn't taken where whoever had it was done since that was asked", async () => {
  const file = path();
  let asked = 0;
  expect(await claimTrial(file, async () => ++asked > 1, BEAT)).toBeUndefined();
  expect([asked, existsSync(file)]).toEqual([2, false]);
});

it("is waited for no longer than the trial is wanted", async () => {
  const file = path();
  const claim = (await claimTrial(file, never, BEAT))!;
  let over = false;
  const waiting = claimTrial(file, async () => over, BEAT);
  over = true;
  expect(await waiting).toBeUndefined();
  expect(await claimEnds(join(file, "none"), BEAT)).toBe("free");
  await claim.release();
});
