import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

/** What becomes of a model that was trained when another backend is chosen, and the files that it came from are out of reach. */
export function backendChangeTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  /** Does something in a page of its own, whose requests can be refused. */
  async function inPage(work: (studio: Studio, world: World) => Promise<void>): Promise<void> {
    const { world, site, browser } = given();
    const context = await browser.newContext({ serviceWorkers: "block" });
    try {
      await work(await Studio.open(context, site.url), world);
    } finally {
      await context.close();
    }
  }
  /** Trains both parts of the model that is loaded; then the backend changes, and all is as it was. */
  async function keepsItsTraining(studio: Studio, world: World, lose: () => Promise<unknown>): Promise<void> {
    const { page } = studio;
    await studio.addFolder(world.captioned);
    const untrained = await studio.scores();
    await studio.tab("Fine-tune");
    await page.getByLabel("Steps").fill("1");
    await page.getByLabel("Images a step").fill("4");
    await page.getByLabel("Learning rate").fill("0.01");
    for (const part of ["captioner", "image-text"]) {
      await page.getByLabel("Train", { exact: true }).selectOption(part);
      await studio.press("Train", /^Trained for 1 step\./);
    }
    const captions = async () => {
      await studio.tab("Captions");
      await studio.press("Caption all images", /are captioned\.$/);
      return page.locator("#panel-captions .caption, #panel-captions .beams").allTextContents();
    };
    const before = [await studio.scores(), await captions(), await studio.memory(), await page.locator("#model .now").textContent()];
    expect(before[0]).not.toEqual(untrained);
    await lose();
    await studio.compute("wasm");
    expect([await studio.scores(), await captions(), await studio.memory(), await page.locator("#model .now").textContent()]).toEqual(
      before,
    );
    expect(await studio.asksToStay()).toBe(true); // still only here
  }

  it("keeps the demo's model and its training when the backend changes offline", () =>
    inPage(async (studio, world) => {
      await studio.press("Load the demo's model", /is loaded\.$/);
      await keepsItsTraining(studio, world, () => studio.page.context().route("**/models/**", (route) => route.abort()));
    }));

  it("keeps a picked model and its training when the backend changes after its folder is gone", () =>
    inPage(async (studio, world) => {
      const folder = join(world.model, "..", "gone", "colours-model");
      await cp(world.model, folder, { recursive: true });
      await studio.loadModel(folder);
      await keepsItsTraining(studio, world, () => rm(folder, { recursive: true }));
    }));

  it("keeps a kept model and its training when the backend changes after it was removed from the list", () =>
    inPage(async (studio, world) => {
      await studio.loadModel(world.model);
      await studio.press("Load colours-model", /is loaded\.$/);
      await keepsItsTraining(studio, world, () => studio.press("Remove colours-model from this browser", /was removed/));
    }));
}
