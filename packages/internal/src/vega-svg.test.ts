import { expect, it } from "vitest";
import { inTags, labelledSvg, loadVegaSvg, titledSvg, vegaSvg } from "./index";

/** Vega and Vega-Lite but for what they draw: the specification itself. */
function packages(end: () => void = () => {}) {
  class View {
    constructor(readonly parsed: string) {}
    async toSVG() {
      if (this.parsed === "damaged") throw new Error("damaged");
      return this.parsed;
    }
    finalize() {
      end();
    }
  }
  return [{ parse: (spec: string) => spec, View }, { compile: (spec: string) => ({ spec }) }] as const;
}

const SVG = '<svg class="marks" width="1"><text aria-label="a 1" role="img" fill="red"> class="b" &lt;c&gt;</text></svg>';

it("a figure is without what Vega says of each mark, and its texts as they are", async () => {
  const draw = await loadVegaSvg(Promise.resolve(packages()), "The figure is");
  expect(await draw(SVG)).toBe('<svg width="1"><text fill="red"> class="b" &lt;c&gt;</text></svg>');
  expect(await draw(SVG, (tag) => tag.toUpperCase())).toBe('<SVG WIDTH="1"><TEXT FILL="RED"> class="b" &lt;c&gt;</TEXT></SVG>');
});

it("a figure's view ends, drawn or not", async () => {
  let ended = 0;
  const [vega, vegaLite] = packages(() => ended++);
  expect(await vegaSvg(vega, vegaLite, SVG)).toBe(SVG);
  await expect(vegaSvg(vega, vegaLite, "damaged")).rejects.toThrow("damaged");
  expect(ended).toBe(2);
});

it("who lacks vega is told what to install", async () => {
  const cause = new Error("no such package");
  await expect(loadVegaSvg(Promise.reject(cause), "Figures are")).rejects.toMatchObject({
    ...{ code: "MISSING_DEPENDENCY", cause },
    message: "Figures are drawn by vega and vega-lite: npm install vega vega-lite.",
  });
});

it("tags are changed, and what is between them isn't", () => {
  expect(inTags("<a>b &lt;c&gt;</a>", (tag) => tag.toUpperCase())).toBe("<A>b &lt;c&gt;</A>");
});

it("a page's figure has a label and is no wider than its column; other tags are left to their writer", () => {
  const tag = '<svg width="30.5" height="20" viewBox="0 0 30.5 20">';
  expect(labelledSvg(tag, 'a "loss" < 1')).toBe(
    '<svg role="img" aria-label="a &quot;loss&quot; &lt; 1" style="max-width:30.5px" viewBox="0 0 30.5 20">',
  );
  for (const other of ["<path d='M0,0'>", "</svg>", '<svg height="20">']) expect(labelledSvg(other, "loss")).toBeUndefined();
});

it("a file's figure has a title, which comes before what is drawn, and signs of it stay signs", () => {
  expect(titledSvg('<svg width="1"><g></g></svg>', "a $& <b>")).toBe(
    '<svg role="img" width="1"><title>a $&amp; &lt;b&gt;</title><g></g></svg>',
  );
});
