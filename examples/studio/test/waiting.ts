import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

/** Tasks that are started while another runs. */
export function waitingTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  it("says what a task waits for, and ends it at once when it is stopped", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    try {
      const studio = await Studio.open(context, site.url);
      const { page } = studio;
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      await studio.tab("Fine-tune");
      await page.getByLabel("Steps").fill("100000"); // longer than anybody waits
      await page.getByLabel("Images a step").fill("4");
      await page.getByRole("button", { name: "Train", exact: true }).click();
      const training = page.locator("#panel-fine-tune > div > .now");
      await training.filter({ hasText: /^Step / }).waitFor();
      const stopsWaiting = async (place: string, button: string) => {
        const controls = page.locator(`${place} .controls`, { has: page.getByRole("button", { name: button, exact: true }) });
        await controls.getByRole("button", { name: button, exact: true }).click();
        await controls.locator(".about", { hasText: /^waits for the training$/ }).waitFor();
        await studio.says(new RegExp(`^${button} waits for the training\\.$`));
        await controls.getByRole("button", { name: "Stop" }).click();
        await studio.says(/^Stopped\.$/);
        expect(await controls.locator(".about").textContent()).toBe("");
        expect(await controls.getByRole("button", { name: button, exact: true }).isEnabled()).toBe(true);
      };
      await stopsWaiting("#panel-fine-tune", "Prepare the download");
      await stopsWaiting("#panel-fine-tune", "Keep it in this browser");
      await stopsWaiting("#images", "Remove all");
      expect(await page.locator(".gallery img").count()).toBe(world.images.length); // nothing of it was done
      await studio.tab("Captions");
      await stopsWaiting("#panel-captions", "Caption all images");
      const before = await training.textContent();
      await expect.poll(() => training.textContent()).not.toBe(before); // the training went on all the while
      const caption = page.locator("#panel-captions .controls");
      await caption.getByRole("button", { name: "Caption all images" }).click();
      await caption.locator(".about", { hasText: "waits for the training" }).waitFor();
      const remove = page.locator("#images .controls", { has: page.getByRole("button", { name: "Remove all" }) });
      await remove.getByRole("button", { name: "Remove all" }).click();
      await remove.locator(".about", { hasText: "waits for the training" }).waitFor();
      // Written down by the page: captions of a few images may be done before Node looks again.
      const said = await remove.locator(".about").evaluateHandle((about) => {
        const texts: string[] = [];
        new MutationObserver(() => texts.push(about.textContent!)).observe(about, { childList: true });
        return texts;
      });
      await page.getByRole("tab", { name: "Fine-tune" }).click();
      await page.locator("#panel-fine-tune").getByRole("button", { name: "Stop" }).click();
      await expect.poll(() => page.locator(".gallery img").count(), { timeout: 60_000 }).toBe(0);
      expect(await said.jsonValue()).toContain("waits for the captions"); // in turn
    } finally {
      await context.close();
    }
  });
}
