import { getuid } from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import { axeFaults } from "../../../test/axe-faults.ts";
import type { CellOutput } from "./outputs.ts";

/** What became of a notebook in a browser. */
export interface NotebookRun {
  /** What its cells show. */
  readonly outputs: CellOutput[];
  /** What went wrong: cells that threw, errors and warnings on the console, what was asked of other servers or not found. */
  readonly problems: string[];
  /** Serious faults of accessibility, in a wide window and in one as narrow as a telephone's. */
  readonly faults: string[];
  /** Seconds until all cells were done. */
  readonly seconds: number;
}

/** How long a notebook may take on a slow machine. */
const TIMEOUT = 110_000;

const [WIDE, NARROW] = [
  { width: 1000, height: 800 },
  { width: 320, height: 640 },
];

/** Starts the browser. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

/** What is done with a notebook's page when all cells are done. */
export interface RunOptions {
  /** Something that a reader would do; then all cells are waited for again. */
  readonly act?: (page: Page) => Promise<void>;
  /** Where a picture of the page goes. */
  readonly screenshot?: string;
}

/** Opens a notebook's page, waits until all cells are done, and gives what they show. */
export async function runNotebook(browser: Browser, url: string, { act, screenshot }: RunOptions = {}): Promise<NotebookRun> {
  const context = await browser.newContext({ viewport: WIDE, locale: "en-GB", timezoneId: "UTC" });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  const { origin } = new URL(url);
  await context.route(
    (address) => address.origin !== origin && address.protocol.startsWith("http"),
    (route) => {
      problems.push(`the page asks another server for ${route.request().url()}`);
      return route.abort();
    },
  );
  try {
    const start = performance.now();
    await page.goto(url);
    await settled(page);
    const seconds = (performance.now() - start) / 1000;
    if (act) {
      await act(page);
      await settled(page);
    }
    if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
    const { failed, outputs } = await page.evaluate(readCells);
    const faults = await axeFaults(page);
    await page.setViewportSize(NARROW);
    await settled(page); // figures are as wide as the page
    faults.push(...(await axeFaults(page)).map((fault) => `at ${NARROW.width} px: ${fault}`));
    return { outputs, faults, problems: [...failed.map((text) => `a cell failed: ${text}`), ...problems], seconds };
  } finally {
    await context.close();
  }
}

/** Waits until no cell computes, and none has begun anew for half a second, since one's value may start another. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() => {
    (window as unknown as { idleSince: undefined }).idleSince = undefined;
  });
  await page.waitForFunction(
    () => {
      const cells = document.querySelectorAll("[aria-busy]");
      const busy = cells.length === 0 || document.querySelector('[aria-busy="true"]') !== null;
      const state = window as unknown as { idleSince: number | undefined };
      state.idleSince = busy ? undefined : (state.idleSince ?? performance.now());
      return state.idleSince !== undefined && performance.now() - state.idleSince > 500;
    },
    undefined,
    { polling: 100, timeout: TIMEOUT },
  );
}

/** Runs in the page: what the cells that compute show. */
function readCells(): { failed: string[]; outputs: CellOutput[] } {
  const cells = Array.from(document.querySelectorAll<HTMLElement>("[aria-busy]"));
  const marksOf = (figure: Element) => {
    if (figure.matches("canvas, img")) return { [figure.localName]: 1 };
    const marks: Record<string, number> = {};
    for (const group of figure.querySelectorAll("g[aria-label]")) {
      const label = group.getAttribute("aria-label")!;
      if (!/axis|tick|grid/.test(label)) marks[label] = (marks[label] ?? 0) + group.childElementCount;
    }
    // Vega's have no names, nor have the little ones of legends.
    return Object.keys(marks).length > 0 ? marks : { shapes: figure.querySelectorAll("path, rect, circle, line").length };
  };
  const textsOf = (figure: Element) => {
    const axes = figure.matches(".heat-map") ? ', g[aria-label$="axis tick label"] text, g[aria-label$="axis label"] text' : "";
    return Array.from(figure.querySelectorAll(`g[aria-label="text"] text${axes}`), ({ textContent }) => textContent);
  };
  const line = (points: readonly number[][]) => points.map((point) => point.map((value) => Math.round(100 * value)).join(" ")).join(", ");
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const quarters = <T>(list: readonly T[]) =>
    [0, 1, 2, 3].map((k) => list.slice((k * list.length) / 4, ((k + 1) * list.length) / 4)).filter(({ length }) => length > 0);
  const colourOf = (colours: readonly (readonly number[])[]) => [0, 1, 2].map((c) => mean(colours.map((colour) => colour[c]! / 255)));
  /** The mean red, green and blue of an image's four bands, from above. */
  const pictureOf = (canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, i) => Array.from(data.subarray(4 * i, 4 * i + 3)));
    return line(quarters(pixels).map(colourOf));
  };
  /** Where a curve is at its beginning, its end, and three places between, in shares of the figure. */
  const curveOf = (path: SVGPathElement) => {
    const { width, height } = path.ownerSVGElement!.viewBox.baseVal;
    const points = [0, 0.25, 0.5, 0.75, 1].map((share) => path.getPointAtLength(share * path.getTotalLength()));
    return line(points.map(({ x, y }) => [x / width, y / height]));
  };
  const colourIn = (rectangle: Element) => (getComputedStyle(rectangle).fill.match(/\d+/g) ?? [255, 255, 255]).map(Number);
  const heightOf = (rectangle: SVGRectElement) => rectangle.height.baseVal.value / rectangle.ownerSVGElement!.viewBox.baseVal.height;
  /**
   * Each of a group's rectangles, such as a heat map's cells: its colour, and its height as a share of the figure's; of very many the means of each quarter.
   */
  const rectanglesOf = (rectangles: readonly SVGRectElement[]) => {
    const groups = rectangles.length > 400 ? quarters(rectangles) : rectangles.map((each) => [each]);
    return line(groups.map((some) => [...colourOf(some.map(colourIn)), mean(some.map(heightOf))]));
  };
  const drawnOf = (figure: Element) => {
    if (figure instanceof HTMLCanvasElement) return [pictureOf(figure)];
    const groups = Array.from(figure.querySelectorAll("g[aria-label]"), (group) => Array.from(group.querySelectorAll("rect")));
    const curves = Array.from(figure.querySelectorAll<SVGPathElement>('g[aria-label="line"] path'));
    return [...curves.map(curveOf), ...groups.filter(({ length }) => length > 0).map(rectanglesOf)];
  };
  return {
    failed: cells.filter((cell) => cell.hasAttribute("data-failed")).map((cell) => `${cell.id}: ${cell.textContent}`),
    outputs: cells.flatMap((cell) => {
      const figures = Array.from(cell.querySelectorAll("svg, canvas, img"));
      const outer = figures.filter((figure) => !figure.parentElement?.closest("svg"));
      const shown = outer.map((figure) => ({ marks: marksOf(figure), texts: textsOf(figure), drawn: drawnOf(figure) }));
      // innerText is of what is laid out, so figures are hidden for a moment.
      for (const figure of outer) (figure as HTMLElement).style.display = "none";
      // biome-ignore lint/performance/useDomNodeTextContent: lines are a matter of layout.
      const text = cell.innerText.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
      for (const figure of outer) (figure as HTMLElement).style.display = "";
      const lines = text.filter((line) => line !== "");
      return lines.length + shown.length > 0 ? [{ cell: Number(cell.id.replace("cell-", "")), text: lines, figures: shown }] : [];
    }),
  };
}
