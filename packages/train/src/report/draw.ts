import { fail } from "@rsdix/internal";
import type { Config, TopLevelSpec } from "vega-lite";
import { escapeText, type Html, trusted } from "./html";

/** Draws a specification of Vega-Lite as an SVG that stands in a page; the label says what it shows to those who do not see it. */
export type Draw = (spec: TopLevelSpec, label: string) => Promise<Html>;

/** Colours are variables of the page's style sheet, so that one picture serves light and dark. */
const CONFIG: Config = {
  font: "inherit",
  view: { stroke: null },
  axis: {
    domainColor: "var(--line)",
    tickColor: "var(--line)",
    gridColor: "var(--line)",
    labelColor: "var(--muted)",
    titleColor: "var(--muted)",
    titleFontWeight: "normal",
    labelFontSize: 11,
    titleFontSize: 11,
  },
};

/** What Vega says of each mark, where one label says it for the picture, and what the page's own markup says. */
const NOISE = / (?:role|class|version|xmlns(?::xlink)?|pointer-events|aria-[a-z]+)="[^"]*"/g;

/** Loads vega and vega-lite, which a report alone needs. */
export async function loadDraw(): Promise<Draw> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]).catch((cause) =>
    fail("MISSING_DEPENDENCY", "A report's figures are drawn by vega and vega-lite: npm install vega vega-lite.", cause),
  );
  return async (spec, label) => {
    const view = new vega.View(vega.parse(compile({ background: "transparent", padding: 2, ...spec, config: CONFIG }).spec), {
      renderer: "none",
    });
    try {
      return trusted(inline(await view.toSVG(), label));
    } finally {
      view.finalize();
    }
  };
}

function inline(svg: string, label: string): string {
  // Vega escapes angle brackets in texts and attributes, so this finds tags and nothing else.
  return svg.replace(/<[^>]*>/g, (tag) => {
    const clean = tag.replace(NOISE, "").replace(/\d+\.\d{3,}/g, (digits) => String(Number(Number(digits).toFixed(2))));
    const [, width, viewBox] = /^<svg width="([\d.]+)".*?(viewBox="[^"]*")/.exec(clean) ?? [];
    return width ? `<svg role="img" aria-label="${escapeText(label)}" style="max-width:${width}px" ${viewBox}>` : clean;
  });
}
