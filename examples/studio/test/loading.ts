import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Site } from "./serve";
import type { Studio } from "./studio";
import type { World } from "./world";

/** What becomes of models that can't be loaded, and of the demo's, which lies beside the page. */
export function loadingTests(given: () => { studio: Studio; world: World; site: Site }): void {
  it("goes on with the model that it has when another can't be loaded", async () => {
    const { studio, world } = given();
    await studio.press("Remove all", /were removed\.$/);
    await studio.addFolder(world.captioned);
    await studio.press("Load colours-model", /is loaded\.$/);
    const loaded = await studio.page.locator("#model .now").textContent();
    const [scores, memory] = [await studio.scores(), await studio.memory()];
    const broken = join(world.model, "..", "broken-model");
    await cp(join(world.model, "encoder"), broken, { recursive: true });
    // It is known for a CLIP, so that loading it begins; its weights are of other sizes than it says.
    const config = join(broken, "config.json");
    await writeFile(config, (await readFile(config, "utf8")).replace(/("projection_dim": ?)8\b/, "$116"));
    await studio.page.locator("#model input[webkitdirectory]").setInputFiles(broken);
    expect(await studio.refusal()).toMatch(/^CHECKPOINT_MISMATCH /);
    expect(await studio.page.locator("#model .now").textContent()).toBe(loaded);
    expect(await studio.page.locator("#model .stored").textContent()).not.toContain("broken-model"); // nor is it kept
    expect(await studio.scores()).toEqual(scores);
    expect(await studio.memory()).toEqual(memory);
  });

  it("offers a captioner that was dropped at the top beside other models, and none", async () => {
    const { studio, world } = given();
    const { page } = studio;
    const folder = join(world.model, "..", "dropped");
    for (const name of ["first", "second"]) await cp(join(world.model, "encoder"), join(folder, name), { recursive: true });
    const own = (await readdir(world.model, { withFileTypes: true })).filter((entry) => entry.isFile());
    const files = [...own.map(({ name }) => join(world.model, name)), join(folder, "first"), join(folder, "second")];
    const { x, y } = (await page.locator("#model-title").boundingBox())!;
    const at = { x: x + 5, y: y + 5, data: { items: [], files, dragOperationsMask: 1 } };
    const devtools = await page.context().newCDPSession(page);
    const drop = async () => {
      for (const type of ["dragEnter", "dragOver", "drop"] as const) await devtools.send("Input.dispatchDragEvent", { type, ...at });
    };
    await drop();
    const captioner = page.getByLabel("Captioner");
    await captioner.waitFor();
    expect(await captioner.locator("option").allTextContents()).toEqual(["none", "(top)"]);
    expect(await captioner.locator("option:checked").textContent()).toBe("(top)");
    await page.getByLabel("Keep picked models").uncheck();
    const now = page.locator("#model .now");
    await captioner.selectOption({ label: "none" });
    await studio.press("Load these", /is loaded\.$/);
    expect(await now.textContent()).not.toContain("a captioner");
    await drop();
    await captioner.waitFor();
    await studio.press("Load these", /is loaded\.$/);
    expect(await now.textContent()).toContain("a captioner");
    await devtools.detach();
    await page.getByLabel("Keep picked models").check();
    await studio.press("Load colours-model", /is loaded\.$/);
  });

  it("loads one model at a time, and goes on with the one before when it is stopped", async () => {
    const { studio, site } = given();
    const [scores, memory] = [await studio.scores(), await studio.memory()];
    const file = "/models/demo/captioner/model.safetensors";
    site.instead.set(file, (response) => response.writeHead(200).write("so far")); // and no more
    const model = studio.page.locator("#model");
    const load = studio.page.getByRole("button", { name: "Load the demo's model" });
    await load.click();
    await expect.poll(() => site.requests.includes(file), { timeout: 30_000 }).toBe(true);
    for (let i = 0; i < 2; i++) {
      await studio.page.locator(".status").evaluate((status) => status.replaceChildren());
      await load.click();
      await studio.says(/^Another model is being loaded: wait for it, or stop it\.$/);
    }
    await model.getByRole("button", { name: "Stop" }).click();
    await studio.says(/^Stopped\.$/);
    site.instead.delete(file);
    expect(site.requests.filter((name) => name === file)).toHaveLength(1);
    expect(await model.locator(".now").textContent()).toContain("colours-model: ");
    expect(await studio.scores()).toEqual(scores);
    expect(await studio.memory()).toEqual(memory);
  });

  it("loads the demo's model, which lies beside the page, and says what was wrong with a download", async () => {
    const { studio, site } = given();
    const { page } = studio;
    const model = page.locator("#model");
    expect(await model.getByText("The demo's model isn't beside this page").isVisible()).toBe(false);
    const file = "/models/demo/distilled/model.safetensors";
    const load = model.getByRole("button", { name: "Load the demo's model" });
    site.instead.set(file, (response) => response.writeHead(503).end());
    await load.click();
    expect(await studio.refusal()).toBe("DOWNLOAD_FAILED demo/distilled/model.safetensors can't be downloaded: the server says 503.");
    site.instead.set(file, (response) => response.writeHead(200, { "Content-Length": 1000 }).write("half", () => response.destroy()));
    await load.click();
    expect(await studio.refusal()).toMatch(
      /^DOWNLOAD_FAILED demo\/distilled\/model\.safetensors can't be downloaded \(.+\): load the model again\.$/,
    );
    site.instead.set(file, (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<p>Welcome!</p>"));
    await load.click();
    expect(await studio.refusal()).toMatch(/^DOWNLOAD_FAILED demo\/distilled\/model\.safetensors has \d+ bytes, but 15 came\./);
    site.instead.delete(file);
    const said = await page.evaluateHandle(() => {
      const texts: string[] = [];
      const about = document.querySelector("#model .controls .about")!;
      new MutationObserver(() => texts.push(about.textContent!)).observe(about, { childList: true, subtree: true });
      return texts;
    });
    const scores = await studio.scores();
    await studio.press("Load the demo's model", /^the demo's model is loaded\.$/);
    const steps = (await said.jsonValue()).flatMap((text) => /: (\d+) %$/.exec(text)?.[1] ?? []).map(Number);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(100);
    expect(await studio.scores()).toEqual(scores); // here it is the model that was loaded
    await studio.tab("Captions");
    await studio.press("Caption all images", /are captioned\.$/);
    await model.getByText("kept in this browser").nth(1).waitFor();
    await studio.press("Remove the demo's model from this browser", /was removed from this browser\.$/);
    await model.getByText("to be downloaded").waitFor(); // and is offered again
    await studio.tab("Fine-tune");
    await page.getByLabel("Its name").fill("the demo's model");
    const kept = () => model.getByText("kept in this browser").count();
    const before = await kept();
    await studio.press("Keep it in this browser", /^the demo's model is kept/);
    await expect.poll(kept).toBe(before + 1);
    await model.getByText("to be downloaded").waitFor(); // still: what is kept under its name is another
    await studio.press("Remove the demo's model from this browser", /was removed from this browser\.$/);
    await page.getByLabel("Its name").fill("");
    await studio.press("Load colours-model", /is loaded\.$/);
  });
}
