import type { Browser, BrowserContext } from "playwright-core";
import { expect, it } from "vitest";
import { HUB_ID, routeHub } from "./hub-route";
import type { Site } from "./serve";
import { Studio } from "./studio";
import type { World } from "./world";

/** A page that is loaded anew at work. */
export function reloadTests(given: () => { world: World; site: Site; browser: Browser }): void {
  /** Does something in a page of its own. */
  async function on(work: (studio: Studio, world: World, context: BrowserContext) => Promise<void>): Promise<void> {
    const { world, site, browser } = given();
    const context = await browser.newContext({ serviceWorkers: "block" }); // whose requests could not be answered here
    try {
      const studio = await Studio.open(context, site.url);
      studio.page.on("dialog", (dialog) => void dialog.accept()); // it may be left
      await work(studio, world, context);
      expect(studio.errors).toEqual([]);
    } finally {
      await context.close();
    }
  }

  async function started(studio: Studio): Promise<void> {
    await studio.started();
    expect(await studio.page.locator(".alert").count()).toBe(0);
  }
  async function reload(studio: Studio): Promise<void> {
    await studio.page.reload();
    await started(studio);
  }

  /** What the caches of models hold. */
  const answers = ({ page }: Studio) =>
    page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => !name.startsWith("rsdix-studio-page-"));
      const counts = await Promise.all(names.map(async (name) => [name, (await (await caches.open(name)).keys()).length] as const));
      return Object.fromEntries(counts);
    });

  it("goes on with a training from the state that was kept last, as if nothing had been lost", () =>
    on(async (studio, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      await studio.tab("Fine-tune");
      await page.getByLabel("Steps").fill("60");
      await page.getByLabel("Images a step").fill("4");
      await page.getByLabel("Learning rate").fill("0.01");
      const losses = await studio.hearLosses(60);
      await studio.press("Train", /^Trained for 60 steps/);
      const whole = await losses();
      await studio.press("Load colours-model", /is loaded\.$/);
      // The page itself leaves then: before Node has seen that step, and has answered whether to leave, the training may be over.
      await page.evaluate(() => {
        const line = document.querySelector("#panel-fine-tune > div > .now")!;
        const observer = new MutationObserver(() => {
          if (!/^Step (1[2-9]|[2-5]\d) /.test(line.textContent!)) return;
          observer.disconnect();
          sessionStorage.setItem("asked", String(!dispatchEvent(new Event("beforeunload", { cancelable: true }))));
          addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true }); // it doesn't ask again
          location.reload();
        });
        observer.observe(line, { childList: true });
      });
      await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Train", exact: true }).click()]);
      await started(studio);
      expect(await page.evaluate(() => sessionStorage.getItem("asked"))).toBe("true");
      await studio.tab("Fine-tune");
      const paused = page.locator(".paused", { hasText: /after step \d+ of 60: the image-text model of colours-model/ });
      const [, step] = /after step (\d+)/.exec((await paused.textContent())!)!;
      expect(Number(step) % 10).toBe(0);
      await studio.press("Load colours-model", /is loaded\.$/);
      await studio.addFolder(world.captioned);
      const lossesOfRest = await studio.hearLosses(60);
      await studio.press("Go on", /^Trained for 60 steps/);
      const rest = await lossesOfRest();
      expect(Object.keys(rest)).toHaveLength(60 - Number(step));
      expect(rest).toEqual(Object.fromEntries(Object.keys(rest).map((each) => [each, whole[each]])));
    }));

  it("begins a training anew where nothing was kept yet, and captions after captioning was cut off", () =>
    on(async (studio, world) => {
      const { page } = studio;
      await studio.loadModel(world.model);
      await studio.addFolder(world.captioned);
      const { tensors } = await studio.memory();
      await studio.tab("Captions");
      await page.getByRole("spinbutton", { name: "Beams" }).fill("16");
      await page.getByRole("button", { name: "Caption all images" }).click();
      await page.locator("#panel-captions .caption").first().waitFor();
      await reload(studio);
      await studio.press("Load colours-model", /is loaded\.$/);
      await studio.addFolder(world.captioned);
      expect((await studio.memory()).tensors).toBe(tensors);
      await studio.tab("Captions");
      await studio.press("Caption all images", /are captioned\.$/);
      expect(await page.locator("#panel-captions .caption").count()).toBe(world.images.length);
      await studio.tab("Fine-tune");
      await page.getByLabel("Steps").fill("10000");
      await page.getByLabel("Images a step").fill("4");
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.locator("#panel-fine-tune > div > .now", { hasText: /^Step \d/ }).waitFor();
      await reload(studio);
      await studio.tab("Fine-tune");
      await studio.press("Load colours-model", /is loaded\.$/);
      await studio.addFolder(world.captioned);
      if (await page.getByRole("button", { name: "Discard" }).isVisible()) await page.getByRole("button", { name: "Discard" }).click(); // it was fast
      await page.getByLabel("Steps").fill("1");
      await page.getByLabel("Images a step").fill("4");
      await studio.press("Train", /^Trained for 1 step\./);
    }));

  it("downloads a model again that lies beside the page, and leaves nothing of what it had of it", () =>
    on(async (studio) => {
      const { page } = studio;
      const { site } = given();
      const file = "/models/demo/captioner/model.safetensors";
      const load = page.getByRole("button", { name: "Load the demo's model" });
      site.requests.length = 0;
      site.instead.set(file, (response) => response.writeHead(200).write("so far")); // and no more
      await load.click();
      await expect.poll(() => site.requests.includes(file), { timeout: 30_000 }).toBe(true);
      await reload(studio);
      site.instead.delete(file);
      await studio.press("Load the demo's model", /^the demo's model is loaded\.$/);
      const whole = await answers(studio);
      await studio.press("Remove the demo's model from this browser", /was removed from this browser\.$/);
      // Cut off while it is kept: what was written of it isn't a model.
      await page.workers()[0]!.evaluate(() => {
        const put = Cache.prototype.put;
        Cache.prototype.put = function (request, response) {
          return String(request).endsWith("/index.json") ? new Promise(() => undefined) : put.call(this, request, response);
        };
      });
      await page.locator(".status").evaluate((status) => status.replaceChildren());
      await load.click();
      await expect.poll(async () => (await answers(studio))["rsdix-studio-models"]).toBe(whole["rsdix-studio-models"]! - 1);
      await reload(studio);
      expect(await page.locator("#model .stored").textContent()).not.toContain("kept in this browser");
      await studio.press("Load the demo's model", /^the demo's model is loaded\.$/);
      expect(await answers(studio)).toEqual(whole);
      await reload(studio);
      await studio.press("Load the demo's model", /^the demo's model is loaded\.$/);
    }));

  it("downloads a model of the hub again whose download was cut off, by leaving the page or by the network", () =>
    on(async (studio, world, context) => {
      const { page } = studio;
      let held: "hangs" | "fails" | undefined = "hangs";
      let isHeld = false;
      await routeHub(context, world, (request) => {
        if (request.method() !== "GET" || !request.url().includes("model.safetensors") || !held) return undefined;
        isHeld = true;
        return held;
      });
      const load = async () => {
        await page.getByLabel("Or an id of the Hugging Face hub").fill(HUB_ID);
        await page.getByRole("button", { name: "Load", exact: true }).click();
      };
      await load();
      await expect.poll(() => isHeld, { timeout: 30_000 }).toBe(true);
      await reload(studio);
      held = "fails";
      await load();
      expect(await studio.refusal()).toMatch(/^DOWNLOAD_FAILED /);
      held = undefined;
      await load();
      await studio.says(/is loaded\.$/);
      studio.errors.length = 0; // of what was cut off
    }));
}
