import { fail } from "./error";
import { escapeText } from "./html";

/** Vega-Lite's settings of a figure that stands in a page: its colours are variables of the style sheet, so that one picture serves light and dark. */
export const PAGE_FIGURE = {
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
} as const;

/** What is used of the package vega; this package depends on neither, as most of those that it is bundled into draw nothing. */
interface Vega<Compiled, Parsed> {
  parse(spec: Compiled): Parsed;
  View: new (parsed: Parsed, options: { renderer: "none" }) => { toSVG(): Promise<string>; finalize(): unknown };
}

/** What is used of the package vega-lite. */
interface VegaLite<Spec, Compiled> {
  compile(spec: Spec): { spec: Compiled };
}

/** What Vega says of each mark to those who do not see it: hundreds of numbers, where one label or title says it. */
const NOISE = / (?:role|class|pointer-events|aria-[a-z]+)="[^"]*"/g;

/**
 * Gives what draws specifications of Vega-Lite as SVG, once vega and vega-lite are there.
 *
 * @param packages Their import, which only who draws figures begins.
 * @param figures What is drawn, with its verb, for who lacks them: "The figure is".
 */
export async function loadVegaSvg<Spec, Compiled, Parsed>(
  packages: Promise<readonly [Vega<Compiled, Parsed>, VegaLite<Spec, Compiled>]>,
  figures: string,
): Promise<(spec: Spec, change?: (tag: string) => string) => Promise<string>> {
  const [vega, vegaLite] = await packages.catch((cause) =>
    fail("MISSING_DEPENDENCY", `${figures} drawn by vega and vega-lite: npm install vega vega-lite.`, cause),
  );
  return async (spec, change) => {
    const svg = await vegaSvg(vega, vegaLite, spec);
    return inTags(svg, (tag) => {
      const clean = tag.replace(NOISE, "");
      return change ? change(clean) : clean;
    });
  };
}

/** Draws a specification as Vega does it, with all that it says of each mark. */
export async function vegaSvg<Spec, Compiled, Parsed>(
  vega: Vega<Compiled, Parsed>,
  { compile }: VegaLite<Spec, Compiled>,
  spec: Spec,
): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Changes the tags of an SVG of Vega's, which escapes angle brackets in texts and attributes, so that this finds tags and nothing else. */
export function inTags(svg: string, change: (tag: string) => string): string {
  return svg.replace(/<[^>]*>/g, change);
}

/** The `svg` tag of a figure that stands in a page, with its label and no wider than its column; undefined of other tags. */
export function labelledSvg(tag: string, label: string): string | undefined {
  const [, width, viewBox] = /^<svg width="([\d.]+)".*?(viewBox="[^"]*")/.exec(tag) ?? [];
  return width && `<svg role="img" aria-label="${escapeText(label)}" style="max-width:${width}px" ${viewBox}>`;
}

/** An SVG file with a title, which says what it shows to those who do not see it. */
export function titledSvg(svg: string, title: string): string {
  return svg.replace(/^<svg([^>]*>)/, (_, rest: string) => `<svg role="img"${rest}<title>${escapeText(title)}</title>`);
}
