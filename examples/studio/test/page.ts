import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio, type StudioGlobals } from "./studio";
import type { World } from "./world";

/** What the page says and shows beside results, and that it answers while there are many of them. */
export function pageTests(given: () => { studio: Studio; world: World; site: { url: string }; browser: Browser }): void {
  it("says what is wrong with what it is given, each thing once", async () => {
    const { studio, world } = given();
    const { page } = studio;
    const alert = page.locator(".alert");
    const saysOnce = async (text: string) => {
      await alert.waitFor();
      expect(await alert.locator("p").allTextContents()).toEqual([text]);
      await alert.getByRole("button").click();
    };
    const images = page.locator("#images input[accept]");
    await images.setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("none") });
    await saysOnce("FILE_NOT_FOUND None of these files is an image (.jpg, .png, .webp, .gif, .tif) or a zip file with images.");
    await images.setInputFiles({ name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no image") });
    await alert.waitFor();
    expect(await alert.locator("p").textContent()).toMatch(/^ 1 could not be used\. The first: broken\.png: The file is no image/);
    await alert.getByRole("button").click();
    await studio.tab("Map");
    for (const wrong of ["0", "-3", "2.5"]) {
      await page.getByLabel("Neighbours").fill(wrong);
      await page.getByRole("button", { name: "Draw the map" }).click();
      await saysOnce(`INVALID_ARGUMENT "Neighbours" takes a whole number from 2 to 100, got ${wrong}.`);
    }
    await page.getByLabel("Neighbours").fill("10");
    await studio.tab("Fine-tune");
    await page.getByLabel("Images a step").fill("1");
    for (let i = 0; i < 3; i++) await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator(".alert .count", { hasText: "3 times" }).waitFor();
    await saysOnce('INVALID_ARGUMENT "Images a step" takes a whole number from 2 to 512, got 1.');
    await page.getByLabel("Images a step").fill("4");
    await studio.tab("Sentinel-2");
    await page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.oneBand);
    await page.getByRole("button", { name: "Cut and caption" }).click();
    await saysOnce("FILE_NOT_FOUND one-band.tif hasn't the three bands red, green and blue. Drop B04, B03 and B02 together.");
    await page
      .locator("#panel-sentinel-2 input[type=file]")
      .setInputFiles({ name: "B04.jp2", mimeType: "image/jp2", buffer: Buffer.from("x") });
    expect(await page.locator("#panel-sentinel-2 .row .about").first().textContent()).toBe(
      "Sentinel-2's own files are JPEG 2000: convert them, gdal_translate B04.jp2 B04.tif.",
    );
    await page.getByLabel("Or an id of the Hugging Face hub").fill("../../x");
    await page.getByRole("button", { name: "Load", exact: true }).click();
    await saysOnce('INVALID_ARGUMENT "../../x" is no id of the hub. It takes one such as openai/clip-vit-base-patch32.');
    await page.getByLabel("Or an id of the Hugging Face hub").fill("");
    await studio.press("Load colours-model", /is loaded\.$/);
  });

  it("says how many patches of a scene are left, and how to have them", async () => {
    const { studio, world } = given();
    await studio.tab("Sentinel-2");
    await studio.page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.scene);
    await studio.page.getByLabel("Pixels of a patch").fill("16");
    await studio.page.getByLabel("Patches at most").fill("3");
    expect(await studio.press("Cut and caption", /patches are captioned/)).toBe(
      "3 patches are captioned. The scene has 5 patches more: for them give a larger number of patches at most, or larger patches.",
    );
    await studio.page.getByLabel("Patches at most").fill("400");
    await studio.tab("Captions");
    expect(await studio.page.locator(".status").textContent()).toBe(""); // that was said of another tab
  });

  it("takes what is dropped while it takes another, and says when captions are used instead of others", async () => {
    const { studio, world } = given();
    const { page } = studio;
    await studio.press("Remove all", /were removed\.$/);
    expect(await page.locator("#panel-captions li, #panel-classes li, .plane img").count()).toBe(0); // of images that are no more
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Pick images or a zip file");
    // Keeps it busy until both folders are picked, however long that takes; what hasn't begun by then ends at once.
    const measuring = await page.evaluateHandle(() => {
      const stop = new AbortController();
      const { client } = (globalThis as unknown as StudioGlobals).studio;
      for (let i = 0; i < 100; i++) void client.call("measureBackends", {}, { signal: stop.signal }).catch(() => undefined);
      return stop;
    });
    const folder = page.locator("#images input[webkitdirectory]");
    await folder.setInputFiles(world.captioned);
    await folder.setInputFiles(world.captioned);
    await measuring.evaluate((stop) => stop.abort());
    const count = world.images.length;
    const one = `${count} images were added, with ${count} captions (captions.csv).`;
    const said = await studio.says(/images were added.*images were added/);
    expect(said).toBe(`${one} ${one} Fine-tuning now uses these captions, not those of ${count} images that came before.`);
    expect(await page.locator(".gallery img").count()).toBe(2 * count);
  });

  it("shows what a task failed for until that fails in another way, or is done", async () => {
    const { studio } = given();
    const { page } = studio;
    const alert = page.locator(".alert p");
    const query = page.getByLabel("Describe what you look for");
    const search = page.getByRole("button", { name: "Search", exact: true });
    await studio.tab("Search");
    await query.fill("");
    await search.click();
    await alert.filter({ hasText: "Type what to search for." }).waitFor();
    const classes = page.getByLabel("Classes, one a line");
    const sentence = page.getByLabel("Sentence");
    const classify = page.getByRole("button", { name: "Classify all images" });
    await studio.tab("Classes");
    await classes.fill("a red field");
    await classify.click();
    await alert.filter({ hasText: "at least two" }).waitFor();
    await classes.fill("a red field\na blue field");
    await sentence.fill("no place");
    await classify.click();
    await alert.filter({ hasText: "{class}" }).waitFor();
    expect(await alert.allTextContents()).toEqual([expect.stringContaining("Type what"), expect.stringContaining("{class}")]);
    await sentence.fill("all is {class} .");
    await classify.click();
    await alert.filter({ hasText: "{class}" }).waitFor({ state: "detached" });
    await studio.tab("Search");
    await query.fill("a green field");
    await search.click();
    await alert.waitFor({ state: "detached" });
    expect(await page.locator("#panel-search .hits .name").count()).toBeGreaterThan(0);
  });

  it("has no serious fault of accessibility in a narrow window, with a message and models to choose from", async () => {
    const { studio, world } = given();
    const { page } = studio;
    const folder = join(world.model, "..", "two-models");
    for (const name of ["first", "second"]) await cp(join(world.model, "encoder"), join(folder, name), { recursive: true });
    await page.locator("#model input[webkitdirectory]").setInputFiles(folder);
    await page.getByRole("button", { name: "Load these" }).waitFor();
    await page.locator("#images input[accept]").setInputFiles({ name: "x.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
    await page.locator(".alert").waitFor();
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await studio.faults("narrow")).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1280, height: 1000 });
    await page.locator(".alert button").click();
  });

  it("answers while it shows hundreds of images and patches, and brings what it shows into view", async () => {
    const { world, site, browser } = given();
    const many = join(world.captioned, "..", "many");
    await mkdir(many);
    for (let i = 0; i < 500; i++) await cp(join(world.captioned, world.images[i % world.images.length]!), join(many, `${i}.png`));
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    try {
      const studio = await Studio.open(context, site.url);
      await studio.loadModel(world.brief);
      await studio.watch();
      await studio.addFolder(many);
      expect.soft(await studio.longTasks(), "adding them").toEqual([]);
      await studio.page.getByRole("spinbutton", { name: "Beams" }).fill("2");
      await studio.watch();
      await studio.press("Caption all images", /are captioned\.$/);
      expect.soft(await studio.longTasks(), "captions").toEqual([]);
      expect(await studio.page.locator("#panel-captions .results > li").count()).toBe(500);
      await studio.tab("Classes");
      await studio.watch();
      await studio.press("Classify all images", /are classified\.$/);
      expect.soft(await studio.longTasks(), "classes").toEqual([]);
      await studio.page.evaluate(() => scrollTo(0, 0));
      await studio.tab("Map");
      await studio.watch();
      await studio.press("Draw the map", /is drawn/);
      expect.soft(await studio.longTasks(), "map").toEqual([]);
      expect(await studio.page.locator(".plane img").count()).toBe(500);
      const top = await studio.page.locator(".plane").evaluate((plane) => plane.getBoundingClientRect().top);
      expect(top).toBeLessThan(600);
      await studio.tab("Sentinel-2");
      await studio.page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.largeScene);
      await studio.page.getByLabel("Pixels of a patch").fill("16");
      await studio.watch();
      await studio.press("Cut and caption", /^128 patches are captioned\.$/);
      expect.soft(await studio.longTasks(), "patches").toEqual([]);
    } finally {
      await context.close();
    }
  });
}
