import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { expect, it } from "vitest";
import type { Site } from "./serve";
import { Studio } from "./studio";
import type { World } from "./world";

/** Longer than anybody waits: what is tested stops it. */
const MANY_STEPS = "100000";

/** Of the curve that is shown: how many points it has. */
const points = (studio: Studio) =>
  studio.page.locator(".curve").evaluate((curve) => curve.querySelector(".loss")?.getAttribute("d")?.match(/[ML]/g)?.length ?? 0);

/** Sets a training on all captions. */
async function fill(studio: Studio, steps: string, learningRate = "0.001"): Promise<void> {
  await studio.tab("Fine-tune");
  await studio.page.getByLabel("Train", { exact: true }).selectOption("image-text");
  await studio.page.getByLabel("Steps").fill(steps);
  await studio.page.getByLabel("Images a step").fill("4");
  await studio.page.getByLabel("Learning rate").fill(learningRate);
}

/** Presses a button that begins to train, and waits until the curve has grown while it trains. */
async function beginAs(studio: Studio, button: string): Promise<void> {
  const before = await points(studio);
  const stop = studio.page.locator("#panel-fine-tune").getByRole("button", { name: "Stop" });
  await studio.page.getByRole("button", { name: button, exact: true }).click();
  await stop.waitFor();
  const grown = async (from: number) => expect.poll(() => points(studio), { timeout: 30_000 }).toBeGreaterThan(from);
  await grown(button === "Go on" ? before : 0);
  await grown(await points(studio)); // it is drawn while it runs, not at its end
  expect(await stop.isVisible()).toBe(true);
}

/** Stops the training, and gives what is said then. */
async function stop(studio: Studio): Promise<string> {
  await studio.page.locator("#panel-fine-tune").getByRole("button", { name: "Stop" }).click();
  return studio.says(/^Stopped after/);
}

/** Makes the page's database full, until what this gives is called; of a quota that shrinks, browsers take notice only some megabytes later. */
async function withoutRoomForRuns({ page }: Studio): Promise<() => Promise<void>> {
  const [worker] = page.workers();
  await worker!.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    const full = () => {
      throw new DOMException("", "QuotaExceededError");
    };
    Object.assign(IDBObjectStore.prototype, { put: full });
    Object.assign(globalThis, { mend: () => Object.assign(IDBObjectStore.prototype, { put }) });
  });
  return () => worker!.evaluate(() => void (globalThis as unknown as { mend(): void }).mend());
}

/** Training in a tab beside others, without room, and with numbers that lead nowhere. */
export function tabTests(given: () => { studio: Studio; world: World; site: Site; context: BrowserContext }): void {
  it("says when a training leads nowhere, and leaves the model as it was", async () => {
    const { studio } = given();
    const scores = await studio.scores();
    await fill(studio, "10", "1e30");
    await studio.page.getByRole("button", { name: "Train", exact: true }).click();
    expect(await studio.refusal()).toMatch(
      /^NOT_A_NUMBER Training diverged after step \d+: train anew with a lower learning rate\. The model is again as it was before\. \(/,
    );
    expect(await studio.scores()).toEqual(scores);
    expect(await studio.page.locator(".paused").isHidden()).toBe(true);
    expect(await studio.asksToStay()).toBe(false);
  });

  it("goes on with a run under another name of its model, but not with other captions or another encoder", async () => {
    const { studio, world } = given();
    const { page } = studio;
    const files = page.locator("#images input[accept]");
    const some = await Promise.all(
      world.images.slice(0, 4).map(async (name) => ({ name, mimeType: "image/png", buffer: await readFile(join(world.captioned, name)) })),
    );
    const lines = world.images.slice(0, 4).map((name, i) => JSON.stringify({ filename: name, captions: [`other ${i}`] }));
    const captions = { name: "captions.jsonl", mimeType: "text/plain", buffer: Buffer.from(lines.join("\n")) };
    const refused =
      "CHECKPOINT_MISMATCH The run that was stopped had other captions, or its captioner another image-text model: drop the folder that it began with, load that model, or discard the run.";
    const goOn = () => page.getByRole("button", { name: "Go on", exact: true }).click();
    for (const part of ["image-text", "captioner"]) {
      await fill(studio, MANY_STEPS);
      await page.getByLabel("Train", { exact: true }).selectOption(part);
      await beginAs(studio, "Train");
      await stop(studio);
      await page.getByLabel("Its name").fill("renamed");
      const keep = part === "image-text" ? "Keep it in this browser" : "Replace renamed in this browser";
      await studio.press(keep, /^renamed is kept/);
      await beginAs(studio, "Go on");
      await stop(studio);
      await studio.press("Load renamed", /is loaded\.$/);
      await beginAs(studio, "Go on");
      await stop(studio);
      await files.setInputFiles([...some, captions]);
      await studio.says(/4 images were added, with 4 captions/);
      await goOn();
      expect(await studio.refusal()).toBe(refused);
      await studio.press("Remove all", /were removed\.$/);
      await studio.addFolder(world.captioned);
      if (part === "captioner") {
        await studio.press("Load colours-model", /is loaded\.$/); // its encoder wasn't trained
        await goOn();
        expect(await studio.refusal()).toBe(refused);
      }
      await studio.press("Discard it", /^The run was discarded\.$/);
    }
    await studio.press("Remove renamed from this browser", /was removed/);
  });

  it("draws the loss while it trains in one tab at a time, and loses no run that was stopped", async () => {
    const { studio, world, site, context } = given();
    const other = await Studio.open(context, site.url);
    try {
      await other.press("Load colours-model", /is loaded\.$/);
      await other.addFolder(world.captioned);
      await fill(other, MANY_STEPS);
      await studio.page.bringToFront(); // tabs behind others draw seldom
      await fill(studio, MANY_STEPS);
      await beginAs(studio, "Train");
      await other.page.bringToFront();
      await other.page.getByRole("button", { name: "Train", exact: true }).click();
      expect(await other.refusal()).toBe("BUSY Another tab of the studio is training: wait for it, or stop it there.");
      await studio.page.bringToFront();
      await studio.screenshot("fine-tune-running");
      const said = await stop(studio);
      expect(said).toMatch(/^Stopped after step \d+; it is kept in this browser\.$/);
      const step = /\d+/.exec(said)![0];
      await studio.press("Load colours-model", /is loaded\.$/);
      for (const tab of [other, studio]) {
        await tab.page.bringToFront();
        await tab.page.getByRole("button", { name: "Train", exact: true }).click();
        expect(await tab.refusal()).toBe(
          `RUN_KEPT A run that was stopped after step ${step} of ${MANY_STEPS} is kept: go on with it, or discard it first.`,
        );
      }
      const makeRoom = await withoutRoomForRuns(studio);
      await beginAs(studio, "Go on");
      expect(await studio.refusal()).toMatch(
        /^ The browser can't keep the state of step \d+: its storage is full\. Training goes on; an older state is untouched\.$/,
      );
      const kept = `which this browser could not keep: what is kept is of step ${step}. Download the model below.`;
      expect((await stop(studio)).replace(/\d+/, "N")).toBe(`Stopped after step N, ${kept}`);
      await makeRoom();
      expect(await studio.asksToStay()).toBe(true);
      await other.page.bringToFront();
      await beginAs(other, "Go on"); // with what is kept
      expect(await stop(other)).toMatch(/^Stopped after step \d+; it is kept in this browser\.$/);
      await other.press("Discard it", /^The run was discarded\.$/);
      await studio.page.bringToFront();
      await studio.page.getByRole("button", { name: "Go on", exact: true }).click();
      expect(await studio.refusal()).toBe(
        "NO_RUN The run that was stopped isn't kept any more: another tab went on with it, or discarded it. Train anew.",
      );
      expect(await studio.page.locator(".paused").isHidden()).toBe(true);
      await studio.press("Load colours-model", /is loaded\.$/);
    } finally {
      await other.page.close();
    }
  });
}
