import { type Html, inTags, labelledSvg, PAGE_FIGURE, trusted, vegaSvg } from "@rsdix/internal";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** Colours are variables of the page's style sheet, so that one picture serves light and dark. */
export const COLOURS = {
  first: "var(--first)",
  second: "var(--second)",
  third: "var(--third)",
  ink: "var(--ink)",
  muted: "var(--muted)",
  line: "var(--line)",
  paper: "var(--panel)",
} as const;

/** Attributes that mean nothing once the picture has one label, or that the page's own markup replaces. */
const NOISE = / (?:role|class|version|xmlns(?::xlink)?|pointer-events|aria-[a-z]+)="[^"]*"/g;

/**
 * Draws a Vega-Lite specification as SVG to stand inside a page: it takes the page's colours and shrinks with its column.
 *
 * @param spec the specification
 * @param label what the picture shows, for those who do not see it
 * @param titles texts that appear on pointing at a mark: one for each number n where the specification describes a mark as "mark-n"
 * @returns the `svg` element
 */
export async function drawSvg(spec: TopLevelSpec, label: string, titles: readonly Html[] = []): Promise<Html> {
  const svg = await vegaSvg(vega, { compile }, { background: "transparent", padding: 2, ...spec, config: PAGE_FIGURE });
  return trusted(inline(svg, label, titles));
}

function inline(svg: string, label: string, titles: readonly Html[]): string {
  return inTags(svg, (tag) => {
    const clean = tag.replace(NOISE, "").replace(/translate\([^)]*\)/, (move) => move.replace(/(\.\d\d)\d+/g, "$1"));
    const labelled = labelledSvg(clean, label);
    if (labelled) return labelled;
    const title = titles[Number(/^<path aria-label="mark-(\d+)"/.exec(tag)?.[1] ?? Number.NaN)];
    return title ? `${clean.replace(/\/>$/, ">")}<title>${title.markup}</title></path>` : clean;
  });
}
