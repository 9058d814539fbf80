import { writeFileAtomic } from "@rsdix/data/node";
import { type Html, html, htmlPage } from "@rsdix/internal";
import { aboutSection } from "./about";
import { captionScoresSection } from "./caption-scores";
import { clipScoresSection } from "./clip-scores";
import { confusionSection } from "./confusion";
import { curvesSection } from "./curves";
import { gallerySection } from "./gallery";
import { header } from "./header";
import { mapSection } from "./map";
import type { ReportData } from "./report-data";
import { searchSection } from "./search";
import { STYLES } from "./styles";

const CONTENTS: readonly (readonly [id: string, title: string])[] = [
  ["scores", "Scores"],
  ["captions", "Captions"],
  ["gallery", "Patches"],
  ["confusion", "Confusion"],
  ["map", "Map"],
  ["search", "Search"],
  ["training", "Training"],
  ["about", "About"],
];

/**
 * Writes the report as one HTML page that needs nothing else: no network, no script.
 *
 * @param path where to write it; whole or not at all
 * @param data what it shows
 * @throws RsdixError WRITE_FAILED; MISSING_DEPENDENCY when world-atlas or sharp is not installed
 */
export async function writeHtmlReport(path: string, data: ReportData): Promise<void> {
  await writeFileAtomic(path, (await renderReport(data)).markup);
}

async function renderReport(data: ReportData): Promise<Html> {
  const sections = [
    clipScoresSection(data),
    captionScoresSection(data),
    await gallerySection(data),
    await confusionSection(data),
    await mapSection(data),
    await searchSection(data),
    await curvesSection(data),
    aboutSection(data),
  ];
  const contents = CONTENTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`);
  const main = html`${header(data)}
<nav aria-label="Contents"><ul>${contents}</ul></nav>
${sections}`;
  return htmlPage("rsdix demo: CLIP and captions on satellite pictures", STYLES, main);
}
