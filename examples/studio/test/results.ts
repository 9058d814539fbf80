import { join } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import type { Studio } from "./studio";
import type { World } from "./world";

/** What the models say of the images that are there: captions, classes, hits of a search, and a map. */
export function resultTests(given: () => { studio: Studio; world: World }): void {
  it("captions as Node does, word by word, with the page responsive all the while", async () => {
    const { studio, world } = given();
    await studio.watch();
    await studio.page.evaluate(() => {
      const said = new Set<string>();
      const look = () => {
        for (const each of document.querySelectorAll("#panel-captions .caption")) said.add(each.textContent!);
      };
      new MutationObserver(look).observe(document.querySelector("#panel-captions")!, { childList: true, subtree: true });
      Object.assign(globalThis, { said });
    });
    await studio.press("Caption all images", /are captioned\.$/);
    expect(await studio.longTasks()).toEqual([]);
    await studio.watch();
    await studio.page.evaluate(async () => {
      const busy = () => {
        for (let i = 0; i < 1e8; i++) Math.random(); // work, and not time: of that a busy machine may give next to nothing
      };
      await new Promise((resolve) => setTimeout(() => resolve(busy())));
    });
    expect(await studio.longTasks()).not.toEqual([]); // one on purpose
    const shown = (await studio.page.locator("#panel-captions .caption").allTextContents()).map((text) => text.trim());
    const said = await studio.page.evaluate(() => [...(globalThis as unknown as { said: Set<string> }).said]);
    const begun = said.filter((text) => text !== "" && shown.some((whole) => whole !== text.trim() && whole.startsWith(text.trim())));
    expect(begun.filter((text) => !shown.includes(text.trim())).length).toBeGreaterThan(0);
    const encoder = await Clip.fromPretrained(join(world.model, "encoder"));
    const captioner = await ClipCap.fromPretrained(world.model, { encoder });
    const images = await Promise.all(world.images.map(async (name) => decodeImage(join(world.captioned, name))));
    expect(shown).toEqual(await captioner.captionImages(images));
    const embedded = await encoder.embedImages(images);
    const embeddings = tf.tensor2d(embedded, [images.length, embedded.length / images.length]);
    const best = await captioner.captionNBest(embeddings, captioner.tokenizer!, { beams: 3 });
    const beams = await studio.page
      .locator("#panel-captions .beams")
      .evaluateAll((lists) =>
        lists.map((list) => [...list.querySelectorAll("li")].map((each) => [...each.children].map((part) => part.textContent))),
      );
    const expected = best.map((texts) => texts.map(({ text, score }) => [text, `log-probability a token ${score.toFixed(2)}`]));
    expect(beams).toEqual(expected);
    const [first, second] = await studio.page.locator("#panel-captions .beams li").all();
    const [left, right] = [(await first!.boundingBox())!, (await second!.boundingBox())!];
    expect([right.y, right.x > left.x]).toEqual([left.y, true]); // side by side
    embeddings.dispose();
    captioner.dispose();
    encoder.dispose();
    await studio.screenshot("captions");
  });

  it("classifies and finds images as Node does", async () => {
    const { studio, world } = given();
    const clip = await Clip.fromPretrained(join(world.model, "encoder"));
    const images = await Promise.all(world.images.map(async (name) => decodeImage(join(world.captioned, name))));
    const classes = ["a red field", "a blue field", "white"];
    await studio.tab("Classes");
    await studio.page.getByLabel("Classes, one a line").fill(classes.join("\n"));
    await studio.page.getByLabel("Sentence").fill("all is {class} .");
    await studio.press("Classify all images", /are classified\.$/);
    const probabilities = await clip.classify(images, classes, { template: "all is {class} ." });
    const shown = await studio.page
      .locator("#panel-classes .bars")
      .evaluateAll((lists) =>
        lists.map((list) =>
          Object.fromEntries([...list.querySelectorAll("meter")].map((meter) => [meter.getAttribute("aria-label")!, meter.value])),
        ),
      );
    expect(shown.flatMap((bars) => classes.map((name) => bars[name]!))).toBeAllclose([...probabilities], { rtol: 1e-4, atol: 1e-5 });
    await studio.screenshot("classes");

    await studio.tab("Search");
    await studio.page.getByLabel("Describe what you look for").fill("a green field");
    await studio.press("Search", /the best first/);
    const embeddings = await clip.embedImages(images);
    const query = await clip.embedTexts(["a green field"]);
    const dim = query.length;
    const score = (i: number) => query.reduce((sum, value, k) => sum + value * embeddings[i * dim + k]!, 0);
    const expected = world.images.map((_, i) => score(i)).sort((a, b) => b - a);
    const scores = await studio.page.locator("#panel-search .hits small").allTextContents();
    expect(scores.map((text) => Number(text.replace("cosine ", "")))).toBeAllclose(expected.slice(0, 24), { atol: 6e-4 });
    const first = (await studio.page.locator("#panel-search .hits .name").first().textContent())!;
    expect(score(world.images.indexOf(first))).toBeCloseTo(expected[0]!, 4);
    await studio.screenshot("search");
    clip.dispose();
  });

  it("draws a map, and says the same as a list", async () => {
    const { studio, world } = given();
    await studio.tab("Map");
    await studio.press("Draw the map", /is drawn/);
    expect(await studio.page.locator(".plane img").count()).toBe(world.images.length);
    await studio.page.getByText("The map as a list").click();
    expect(await studio.page.locator(".neighbours li").first().textContent()).toMatch(/lies near .+\.png, .+\.png, .+\.png/);
    await studio.screenshot("map");
  });
}
