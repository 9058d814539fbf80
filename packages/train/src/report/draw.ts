import { type Html, inTags, labelledSvg, loadVegaSvg, PAGE_FIGURE, trusted } from "@rsdix/internal";
import type { TopLevelSpec } from "vega-lite";

/** Draws a specification of Vega-Lite as an SVG that stands in a page; the label says what it shows to those who do not see it. */
export type Draw = (spec: TopLevelSpec, label: string) => Promise<Html>;

/** What stands in a file, and not in a page. */
const OF_FILES = / (?:version|xmlns(?::xlink)?)="[^"]*"/g;

/** Loads vega and vega-lite, which only figures need; gives what draws a specification as an SVG file. */
export async function loadVega(): Promise<(spec: TopLevelSpec) => Promise<string>> {
  const draw = await loadVegaSvg(Promise.all([import("vega"), import("vega-lite")]), "Figures are");
  return (spec) => draw(spec, (tag) => tag.replace(/\d+\.\d{3,}/g, (digits) => String(Number(Number(digits).toFixed(2)))));
}

/** As {@link loadVega}, for figures that stand in a page. */
export async function loadDraw(): Promise<Draw> {
  const draw = await loadVega();
  return async (spec, label) => {
    const svg = await draw({ background: "transparent", padding: 2, ...spec, config: PAGE_FIGURE });
    return trusted(
      inTags(svg, (tag) => {
        const clean = tag.replace(OF_FILES, "");
        return labelledSvg(clean, label) ?? clean;
      }),
    );
  };
}
