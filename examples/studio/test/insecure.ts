import type { Browser } from "playwright-core";
import { expect, it } from "vitest";
import type { Site } from "./serve";
import { PLAIN_HOST, Studio } from "./studio";
import type { World } from "./world";

/** The page over plain http from another machine, where browsers keep nothing and lock nothing. */
export function insecureTests(given: () => { world: World; site: Site; browser: Browser }): void {
  it("captions over plain http, and says what browsers don't do there", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    site.instead.set("/models/index.json", (response) => response.end("[]")); // a page that was built without a demo's report
    try {
      const studio = await Studio.open(context, site.url.replace("127.0.0.1", PLAIN_HOST));
      const { page } = studio;
      const there = await page.evaluate(() => [
        isSecureContext,
        "caches" in globalThis,
        "serviceWorker" in navigator,
        "locks" in navigator,
      ]);
      expect(there).toEqual([false, false, false, false]);
      expect(await page.locator(".offline").textContent()).toBe(
        "Over plain http browsers keep no model, train none, and open no page offline: use https.",
      );
      expect(await page.locator("#backend .why").textContent()).toContain("it needs a recent browser and a page from https or localhost");
      const none = page.getByText(
        "The demo's model isn't beside this page: who runs npm run demo, and then builds the page, is offered it here.",
      );
      await none.waitFor();
      site.instead.delete("/models/index.json");
      await studio.loadModel(world.model);
      await studio.press("Load the demo's model", /is loaded\.$/);
      expect(await none.isVisible()).toBe(false);
      await studio.addFolder(world.captioned);
      await studio.press("Caption all images", /are captioned\.$/);
      await studio.tab("Fine-tune");
      await page.getByLabel("Images a step").fill("4");
      const way = "only over https or on localhost; this one came over plain http from another machine.";
      for (const [button, what] of [
        ["Train", "keep the state of a training"],
        ["Prepare the download", "save models"],
        ["Keep it in this browser", "save models"],
      ] as const) {
        await page.getByRole("button", { name: button, exact: true }).click();
        expect(await studio.refusal()).toBe(`NOT_SECURE Browsers let a page ${what} ${way}`);
      }
      expect(await page.locator(".curve").isVisible()).toBe(false); // nothing was trained, and no room is left empty for it
      await studio.screenshot("plain-http");
      expect(studio.errors).toEqual([]);
    } finally {
      site.instead.delete("/models/index.json");
      await context.close();
    }
  });
}
