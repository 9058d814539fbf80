import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium, NO_CHROMIUM } from "../../../scripts/lib/webgpu.mjs";
import { scratchFolder } from "../../../test/scratch-folder";
import { aliasFor } from "../../../vitest.workspace.ts";
import { NOTEBOOKS, pagesConfig } from "../src/site/pages-config.ts";
import { type CellOutput, differences } from "./outputs.ts";
import { launch, type NotebookRun, runNotebook } from "./run-notebook.ts";

const folder = fileURLToPath(new URL("../outputs/", import.meta.url));
/** RSDIX_UPDATE_OUTPUTS=1 stores what is shown in place of comparing it; RSDIX_SCREENSHOTS names another folder for pictures of the pages. */
const { RSDIX_UPDATE_OUTPUTS: update, RSDIX_SCREENSHOTS: screenshots = fileURLToPath(new URL("../artefacts/", import.meta.url)) } = env;
const chromium = findChromium();
const title = chromium ? "notebooks in Chromium" : `notebooks, not run: ${NO_CHROMIUM}`;

/** By how much of themselves numbers may differ. What training does to roundings that differ is another matter. */
const TOLERANCE = 0.01;
const TOLERANCE_OF: Record<string, number> = { "3-fine-tune": 0.15 };

describe.skipIf(!chromium)(title, () => {
  const outDir = scratchFolder("file");
  let browser: Browser | undefined;
  let server: PreviewServer | undefined;

  beforeAll(async () => {
    // Of the sources, so that a page is never of a stale build.
    await build({ ...pagesConfig({ outDir, alias: aliasFor("web") }), configFile: false, logLevel: "warn" });
    await mkdir(screenshots, { recursive: true });
    server = await preview({
      root: outDir,
      configFile: false,
      logLevel: "error",
      build: { outDir },
      preview: { port: 0, host: "127.0.0.1" },
    });
    browser = await launch(chromium!);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const run = (name: string, options: Parameters<typeof runNotebook>[2]): Promise<NotebookRun> => {
    const { port } = server!.httpServer.address() as { port: number };
    return runNotebook(browser!, `http://127.0.0.1:${port}/${name}.html`, options);
  };

  test.each(NOTEBOOKS)(
    "%s shows what is stored, nothing fails or warns, and axe finds no serious fault, at 320 px either",
    async (name) => {
      const { outputs, problems, faults, seconds } = await run(name, { screenshot: join(screenshots, `${name}.png`) });
      console.log(`${name}: ${seconds.toFixed(1)} s`);
      expect(problems).toEqual([]);
      expect(faults).toEqual([]);
      expect(outputs.length).toBeGreaterThan(0);
      const file = `${folder}${name}.json`;
      if (update) {
        await writeFile(`${file}.new`, `${JSON.stringify(outputs, null, 2)}\n`);
        return rename(`${file}.new`, file);
      }
      if (!existsSync(file)) throw new Error(`There is nothing stored for ${name}: run this test with RSDIX_UPDATE_OUTPUTS=1.`);
      const stored = JSON.parse(readFileSync(file, "utf8")) as CellOutput[];
      expect(differences(outputs, stored, TOLERANCE_OF[name] ?? TOLERANCE)).toEqual([]);
    },
  );

  test("an input that is changed changes what depends on it", async () => {
    const { outputs, problems } = await run("2-sinkhorn", {
      act: async (page) => {
        await page.getByRole("spinbutton", { name: "half step" }).fill("12");
      },
    });
    expect(problems).toEqual([]);
    const shown = outputs.find(({ text }) => text.some((line) => line.startsWith("Half step")));
    expect(shown?.text).toEqual(expect.arrayContaining(["Half step 12", "columns were just scaled"]));
  });

  /** What a page shows that is no notebook's. */
  async function shownBy(html: string): Promise<NotebookRun> {
    const page = createServer((request, response) => {
      response.statusCode = request.url === "/" ? 200 : 404;
      response.setHeader("Content-Type", "text/html");
      response.end(html);
    });
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const { port } = page.address() as AddressInfo;
    return runNotebook(browser!, `http://127.0.0.1:${port}/`).finally(() => page.close());
  }

  test("two cells of a heat map that change places are seen, and so are its axes", async () => {
    const heatMap = (colours: readonly string[], axis: string) =>
      shownBy(`<!doctype html><link rel="icon" href="data:,"><div id="cell-1" aria-busy="false"><svg class="heat-map" viewBox="0 0 100 100">
        <g aria-label="x-axis tick label"><text>${axis}</text></g>
        <g aria-label="cell">${colours.map((fill, i) => `<rect x="${10 * i}" width="10" height="50" fill="${fill}"/>`).join("")}</g></svg></div>`);
    const [red, blue] = ["rgb(255 0 0)", "rgb(0 0 255)"] as const;
    const [a, same, swapped, otherAxis] = [
      await heatMap([red, blue, blue, blue, red, red, red, blue], "0"),
      await heatMap([red, blue, blue, blue, red, red, red, blue], "0"),
      await heatMap([blue, red, blue, blue, red, red, red, blue], "0"), // the means of the quarters are the same
      await heatMap([red, blue, blue, blue, red, red, red, blue], "image"),
    ];
    expect(a.outputs[0]!.figures[0]!.drawn[0]).toBe(
      "100 0 0 50, 0 0 100 50, 0 0 100 50, 0 0 100 50, 100 0 0 50, 100 0 0 50, 100 0 0 50, 0 0 100 50",
    );
    expect(differences(same.outputs, a.outputs, 0.01)).toEqual([]);
    expect(differences(swapped.outputs, a.outputs, 0.01)).toEqual([expect.stringMatching(/^cell 1: draws "0 0 100 50, 100 0 0 50, /)]);
    expect(differences(otherAxis.outputs, a.outputs, 0.01)).toEqual(['cell 1: "image", stored is "0"']);
  });

  test("what goes wrong in a page is told", async () => {
    const { problems, faults, outputs } =
      await shownBy(`<!doctype html><link rel="icon" href="data:,"><div id="cell-7" aria-busy="true" data-failed>no such tensor</div><input type="range">
        <script type="module">console.error("told"); console.warn("warned"); await import("https://cdn.invalid/x.js").catch(() => {}); await fetch("/lost");
          document.querySelector("div").ariaBusy = "false"; throw new Error("thrown")</script>`);
    const told = problems.join("\n");
    expect(told).toContain("a cell failed: cell-7: no such tensor");
    expect(told).toContain("console: told");
    expect(told).toContain("console: warned");
    expect(told).toContain("the page asks another server for https://cdn.invalid/x.js");
    expect(told).toContain("status of 404");
    expect(told).toContain("uncaught: thrown");
    expect(faults).toEqual(expect.arrayContaining([expect.stringMatching(/^label: <input type="range">/)]));
    expect(outputs).toEqual([{ cell: 7, text: ["no such tensor"], figures: [] }]);
  });
});
