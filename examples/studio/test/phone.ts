import { join } from "node:path";
import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

const WIDTH = 360;

/** What is shown on a phone, of which pictures are kept, and in a low window. */
export function phoneTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  it("shows all results within a phone's width, in their order, and curves whose numbers can be read", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext({ viewport: { width: WIDTH, height: 800 } });
    try {
      const studio = await Studio.open(context, site.url);
      const { page } = studio;
      const fits = async (tab: string) => {
        expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBeLessThanOrEqual(WIDTH);
        const beyond = await page
          .locator("main :is(p, li, small, span, td, th, button, meter, figure)")
          .evaluateAll(
            (all, width) => all.filter((each) => each.getBoundingClientRect().right > width).map((each) => each.outerHTML),
            WIDTH,
          );
        expect.soft(beyond, tab).toEqual([]);
        await studio.screenshot(`phone-${tab}`);
      };
      await studio.loadModel(world.model);
      // The first words of their captions come at different times.
      const names = ["blue_test0.png", "green_test1.png", "red_test1.png", "white_test1.png"];
      const files = [...names, "captions.csv"].map((name) => join(world.captioned, name));
      await page.locator("#images input[accept]").setInputFiles(files);
      await studio.says(/images were added/);
      await studio.press("Caption all images", /are captioned\.$/);
      expect(await page.locator("#panel-captions .name").allTextContents()).toEqual(names);
      await fits("captions");
      await studio.tab("Classes");
      await page.getByLabel("Classes, one a line").fill("farmland\nan industrialised neighbourhood");
      await studio.press("Classify all images", /are classified\.$/);
      const labels = await page.locator(".bars .label").evaluateAll((all) => all.map((each) => each.getBoundingClientRect()));
      for (const { width, height } of labels) expect(width).toBeGreaterThan(height); // words, not letters, side by side
      await fits("classes");
      await studio.tab("Sentinel-2");
      await page.locator("#panel-sentinel-2 input[type=file]").setInputFiles(world.scene);
      await page.getByLabel("Pixels of a patch").fill("16");
      await studio.press("Cut and caption", /are captioned\.$/);
      await fits("sentinel-2");
      await page.setViewportSize({ width: 1280, height: 400 }); // the scene is twice as wide as high, in a low window too
      const { width, height } = (await page.locator(".scene").boundingBox())!;
      expect(width / height).toBeCloseTo(2, 1);
      expect(height).toBeLessThan(400);
      await page.setViewportSize({ width: WIDTH, height: 800 });
      await studio.tab("Fine-tune");
      await page.getByLabel("Steps").fill("3");
      await page.getByLabel("Images a step").fill("4");
      await studio.press("Train", /^Trained for 3 steps\./);
      await studio.press("Prepare the download", /files are ready/);
      expect(await page.locator("#panel-fine-tune .stored .about").first().textContent()).toMatch(/^[1-9]\d* kB$/);
      const heights = await page.locator(".curve text").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
      expect(heights.length).toBeGreaterThan(3);
      for (const each of heights) expect(each).toBeGreaterThan(10);
      await studio.press("Measure all", /^Measured\.$/);
      const notes = await page.locator("#backend td small").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().width));
      expect(Math.max(...notes)).toBeGreaterThan(120);
      await fits("fine-tune");
    } finally {
      await context.close();
    }
  });
}
