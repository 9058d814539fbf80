import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { Studio } from "./studio";
import type { World } from "./world";

/** Does something while the browser has no room left. */
async function withoutRoom<T>(page: Page, work: () => Promise<T>): Promise<T> {
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  try {
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
    return await work();
  } finally {
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    await devtools.detach();
  }
}

/** The models that are kept, as the page lists them, and how many answers there are in their cache. */
async function kept(studio: Studio): Promise<{ names: string[]; answers: number }> {
  const names = (
    await studio.page
      .locator("#model .stored button.quiet")
      .evaluateAll((all) => all.map((button) => /^Remove (.*) from this browser$/.exec(button.getAttribute("aria-label")!)![1]!))
  ).sort();
  const answers = await studio.page.evaluate(async () => (await (await caches.open("rsdix-studio-models")).keys()).length);
  return { names, answers };
}

/** Models that the browser keeps: under any name, and when it has no room for more. */
export function keptTests(given: () => { studio: Studio; world: World }): void {
  const keepAs = async (studio: Studio, name: string) => {
    await studio.tab("Fine-tune");
    await studio.page.getByLabel("Its name").fill(name);
    await studio.page.getByRole("button", { name: /^(Keep it|Replace .*) in this browser$/ }).click();
  };
  const trainOn = async (studio: Studio, learningRate: string) => {
    await studio.tab("Fine-tune");
    await studio.page.getByLabel("Train", { exact: true }).selectOption("image-text");
    await studio.page.getByLabel("Steps").fill("1");
    await studio.page.getByLabel("Images a step").fill("4");
    await studio.page.getByLabel("Learning rate").fill(learningRate);
    await studio.press("Train", /^Trained for 1 step\./);
  };

  it("keeps models under any name, and those of one name beside each other", async () => {
    const { studio, world } = given();
    const { page } = studio;
    const before = await kept(studio);
    const scores = await studio.scores();
    const odd = [".", "..", 'a/b?c#d %2F "e"'];
    for (const name of odd) {
      await keepAs(studio, name);
      await studio.says(/ is kept: /);
    }
    const other = join(world.model, "..", "other", "colours-model");
    await cp(world.model, other, { recursive: true });
    const config = join(other, "config.json");
    await writeFile(config, `${await readFile(config, "utf8")}\n`);
    for (const folder of [world.model, other, other]) {
      await page.locator(".status").evaluate((status) => status.replaceChildren());
      await studio.loadModel(folder);
    }
    await expect.poll(async () => (await kept(studio)).names).toEqual([...before.names, ...odd, "colours-model (2)"].sort());
    for (const name of [...odd, "colours-model", "colours-model (2)"]) {
      await studio.press(`Load ${name}`, /is loaded\.$/);
      expect(await page.locator("#model .now").textContent()).toContain(`${name}: CLIP`);
      expect(await studio.scores()).toEqual(scores);
    }
    for (const name of [...odd, "colours-model (2)"]) await studio.press(`Remove ${name} from this browser`, /was removed/);
    await expect.poll(() => kept(studio)).toEqual(before);
  });

  it("leaves the model that was kept when the one that should replace it can't be written", async () => {
    const { studio } = given();
    await keepAs(studio, "mine");
    await studio.says(/^mine is kept/);
    await expect.poll(async () => (await kept(studio)).names).toContain("mine"); // it is said before the list is drawn
    const before = await kept(studio);
    const scores = await studio.scores();
    await trainOn(studio, "0.01");
    const trained = await studio.scores();
    expect(trained).not.toEqual(scores);
    const [worker] = studio.page.workers();
    await worker!.evaluate(() => {
      const put = Cache.prototype.put;
      Cache.prototype.put = function (request, response) {
        const isLast = String(request).endsWith("/index.json");
        return isLast ? Promise.reject(new DOMException("", "QuotaExceededError")) : put.call(this, request, response);
      };
      Object.assign(globalThis, { mend: () => Object.assign(Cache.prototype, { put }) });
    });
    try {
      await studio.page.getByLabel("Its name").fill("mine ");
      await studio.page.getByRole("button", { name: "Replace mine in this browser", exact: true }).waitFor();
      await studio.page.getByLabel("Its name").fill("mine 2");
      await studio.page.getByRole("button", { name: "Keep it in this browser", exact: true }).waitFor();
      await keepAs(studio, "mine");
      expect(await studio.refusal()).toBe(
        "WRITE_FAILED mine can't be kept: its storage is full. What was kept under that name before is untouched.",
      );
      expect(await kept(studio)).toEqual(before); // nothing of the new one either
      expect(await studio.asksToStay()).toBe(true);
    } finally {
      await worker!.evaluate(() => (globalThis as unknown as { mend(): void }).mend()); // the page goes on
    }
    expect(await studio.scores()).toEqual(trained); // it is still loaded
    await studio.press("Load mine", /is loaded\.$/);
    expect(await studio.scores()).toEqual(scores);
    await trainOn(studio, "0.01");
    await keepAs(studio, "mine");
    await studio.says(/^mine is kept in the place of the one of that name: /);
    await expect.poll(() => kept(studio)).toEqual(before); // in its place
    await studio.press("Load mine", /is loaded\.$/);
    expect(await studio.scores()).toEqual(trained);
    await studio.page.getByRole("button", { name: "Replace mine in this browser", exact: true }).waitFor();
    await studio.press("Remove mine from this browser", /was removed/);
    await studio.page.getByRole("button", { name: "Keep it in this browser", exact: true }).waitFor();
    await studio.press("Load colours-model", /is loaded\.$/);
  });

  it("says that the browser's storage is full, and loses nothing", async () => {
    const { studio, world } = given();
    const before = await kept(studio);
    const scores = await studio.scores();
    await withoutRoom(studio.page, async () => {
      await studio.page.locator("#model input[webkitdirectory]").setInputFiles(join(world.model, "encoder"));
      expect(await studio.refusal()).toBe(" encoder is loaded, but this browser can't keep it: its storage is full.");
      await studio.says(/^encoder is loaded\.$/);
      expect(await studio.scores()).toEqual(scores);
      await keepAs(studio, "no room");
      expect(await studio.refusal()).toBe(
        "WRITE_FAILED The browser has no room for the model's files: its storage is full. Remove models that it keeps.",
      );
      await trainOn(studio, "0.01");
      expect(await studio.scores()).not.toEqual(scores);
    });
    expect(await kept(studio)).toEqual(before);
    await studio.press("Load colours-model", /is loaded\.$/);
    expect(await studio.scores()).toEqual(scores);
  });
}
