import { writeFileAtomic } from "@rsdix/data/node";
import { type Html, html, trusted } from "@rsdix/internal";
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

/** Nothing may be loaded and no script may run, whatever a caption says: the browser enforces it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

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
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>rsdix demo: CLIP and captions on satellite pictures</title>
<link rel="icon" href="data:,">
<style>${trusted(STYLES)}</style>
</head>
<body>
<main>
${header(data)}
<nav aria-label="Contents"><ul>${CONTENTS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${sections}
</main>
</body>
</html>
`;
}
