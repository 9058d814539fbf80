import type { Browser, FileChooser, Page } from "playwright-core";
import { expect, it } from "vitest";
import { Studio } from "./studio";
import type { World } from "./world";

/** The name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement;
    return element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  });

/** Goes on with the Tab key until a control has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: (string | null)[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    passed.push(await focused(page));
    if (passed.at(-1) === name) return;
  }
  throw new Error(`Tab never comes to "${name}"; it comes to ${passed.join(", ")}`);
}

/** All that a person does with the page, from its loading on, by keys alone. */
export function keyboardTests(given: () => { world: World; site: { url: string }; browser: Browser }): void {
  it("is used with the keyboard alone: model, images, captions, search, training", async () => {
    const { world, site, browser } = given();
    const context = await browser.newContext();
    try {
      const studio = await Studio.open(context, site.url);
      const { page } = studio;
      // One listener for the whole test: with one for each dialog the browser is told in between not to report
      // dialogs, and the next key may come before it is told to report them again.
      const choosers: FileChooser[] = [];
      page.on("filechooser", (chooser) => choosers.push(chooser));
      const pick = async (button: string, folder: string) => {
        await tabTo(page, button);
        await page.keyboard.press("Enter");
        await expect.poll(() => choosers.length, { timeout: 30_000, message: `the dialog of "${button}"` }).toBe(1);
        await choosers.pop()!.setFiles(folder);
      };
      await pick("Pick a model's folder", world.model);
      await studio.says(/is loaded\.$/);
      await page.getByRole("button", { name: "Load colours-model" }).waitFor();
      await page.keyboard.press("Shift+Tab");
      expect(await focused(page)).toBe("Load the demo's model");
      await page.keyboard.press("Shift+Tab");
      expect(await focused(page)).toBe("Remove colours-model from this browser");
      await page.keyboard.press("Shift+Tab");
      await page.locator("#model .stored li").evaluateAll((all) => {
        for (const each of all) each.setAttribute("data-old", "");
      });
      await page.locator(".status").evaluate((status) => status.replaceChildren()); // it says that of the first time
      await page.keyboard.press("Enter");
      await studio.says(/is loaded\.$/);
      await page.locator("#model .stored li[data-old]").first().waitFor({ state: "detached" }); // the list is made anew
      expect(await focused(page)).toBe("Load colours-model");
      await pick("Pick a folder of images", world.captioned);
      await studio.says(/images were added/);
      await tabTo(page, "Captions");
      await tabTo(page, "Caption all images");
      await page.keyboard.press("Enter");
      await studio.says(/are captioned\.$/);
      expect(await focused(page)).toBe("Caption all images");
      for (let i = 0; i < 2; i++) await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("ArrowLeft"); // round to the last
      expect(await focused(page)).toBe("Fine-tune");
      await tabTo(page, "Steps");
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type("2");
      await tabTo(page, "Train");
      await page.keyboard.press("Enter");
      await studio.says(/^Trained for 2 steps/);
      expect(await focused(page)).toBe("Train");
      while ((await focused(page)) !== "Fine-tune") await page.keyboard.press("Shift+Tab");
      for (const key of ["Home", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
      expect(await page.locator("#panel-search").isVisible()).toBe(true);
      await page.keyboard.press("Tab");
      await page.keyboard.type("a blue field");
      await page.keyboard.press("Enter");
      await studio.says(/the best first/);
      const forced = await page.locator("[tabindex]").evaluateAll((all) => all.filter((each) => (each as HTMLElement).tabIndex > 0).length);
      expect(forced).toBe(0); // the order of focus is that of the page
    } finally {
      await context.close();
    }
  });
}
