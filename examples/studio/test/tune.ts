import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { Clip } from "@rsdix/models";
import { expect, it } from "vitest";
import type { Studio } from "./studio";
import type { World } from "./world";

/** Training in the page, of the model and the images that are there. */
export function tuneTests(given: () => { studio: Studio; world: World }): void {
  it("is stopped, and goes on after a reload as if it had not been", async () => {
    const { studio, world } = given();
    await studio.tab("Fine-tune");
    await studio.page.getByLabel("Steps").fill("10");
    await studio.page.getByLabel("Images a step").fill("4");
    await studio.page.getByLabel("Learning rate").fill("0.01");
    await studio.page.getByLabel("Self-distillation").check();
    await studio.page.evaluate(() => {
      const press = (name: string) =>
        [...document.querySelectorAll("button")].find((each) => each.textContent === name && each.checkVisibility())!.click();
      press("Train");
      press("Stop");
    });
    await studio.says(/^Stopped before the first step; the model is as it was\.$/);
    expect(await studio.asksToStay()).toBe(false); // nothing was trained
    const losses = await studio.hearLosses(10);
    await studio.press("Train", /^Trained for 10 steps/);
    const whole = await losses();
    expect(await studio.asksToStay()).toBe(true); // it is kept nowhere
    expect(Object.keys(whole)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);

    await studio.page.getByRole("button", { name: "Load colours-model" }).click(); // as it was
    await studio.says(/is loaded\.$/);
    expect(await studio.asksToStay()).toBe(false);
    await studio.page.evaluate(() => {
      const line = document.querySelector("#panel-fine-tune > div > .now")!;
      const stop = () =>
        /^Step 3 /.test(line.textContent!) &&
        [...document.querySelectorAll("button")].find((each) => each.textContent === "Stop" && !each.hidden)?.click();
      new MutationObserver(stop).observe(line, { childList: true, characterData: true, subtree: true });
    });
    const stopped = Number(/after step (\d+)/.exec(await studio.press("Train", /^Stopped after step \d+; it is kept/))![1]);
    expect(stopped).toBeGreaterThanOrEqual(3);
    expect(stopped).toBeLessThan(10);
    await studio.screenshot("fine-tune-stopped");

    await studio.page.reload();
    await studio.started();
    await studio.tab("Fine-tune");
    const paused = studio.page.locator(".paused", { hasText: /after step \d+/ }); // what is kept is read after the page has started
    expect(await paused.textContent()).toContain(`after step ${stopped} of 10: the image-text model of colours-model`);
    await studio.page.getByRole("button", { name: "Load colours-model" }).click();
    await studio.says(/is loaded\.$/);
    await studio.addFolder(world.captioned);
    const lossesOfRest = await studio.hearLosses(10);
    await studio.press("Go on", /^Trained for 10 steps/);
    const rest = await lossesOfRest();
    const steps = Array.from({ length: 10 - stopped }, (_, i) => String(stopped + 1 + i));
    expect(rest).toEqual(Object.fromEntries(steps.map((step) => [step, whole[step]])));
    expect(await studio.page.locator(".curve").getAttribute("aria-label")).toMatch(/^Loss: from [\d.]+ to [\d.]+ at step 10 of 10$/);
    expect(await studio.page.locator(".paused").isHidden()).toBe(true);
    await studio.screenshot("fine-tune");
  });

  it("gives the trained model as files that Node loads", async () => {
    const { studio, world } = given();
    await studio.press("Prepare the download", /files are ready/);
    const links = studio.page.locator("#panel-fine-tune a[download]");
    const files: File[] = [];
    for (const link of await links.all()) {
      const [download] = await Promise.all([studio.page.waitForEvent("download"), link.click()]);
      files.push(new File([await readFile(await download.path())], download.suggestedFilename()));
    }
    const [before, after] = [await Clip.fromPretrained(join(world.model, "encoder")), await Clip.fromPretrained(files)];
    const image = await decodeImage(join(world.captioned, world.images[0]!));
    const [first, second] = [await before.embedImages([image]), await after.embedImages([image])];
    expect([...second]).not.toEqual([...first]);
    expect(after.tokenizer).toBeDefined();
    before.dispose();
    after.dispose();
  });
}
