import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fail, type Html, html } from "@rsdix/internal";
import { feature } from "topojson-client";
import { percent, place } from "./format";
import type { ReportData, ReportPatch } from "./report-data";
import { COLOURS, drawSvg } from "./vega-svg";

/** Natural Earth's land at 1:110 million, as world-atlas ships it. */
const LAND = "world-atlas/land-110m.json";
const WIDTH = 1000;
/** Width to height of the whole Earth in the Equal Earth projection. */
const ASPECT = 2.054;

/**
 * The test patches on a map of the Earth, right and wrong answers told apart by colour and shape.
 *
 * @param data the patches
 * @returns the section
 * @throws RsdixError MISSING_DEPENDENCY when world-atlas is not installed
 */
export async function mapSection({ patches }: ReportData): Promise<Html> {
  const wrong = patches.filter((patch) => !isRight(patch));
  const right = patches.length - wrong.length;
  const map = await drawMap(patches, `Map of the Earth with ${patches.length} test patches: ${right} right, ${wrong.length} wrong.`);
  return html`<section id="map">
<h2>Where it is right and where it is wrong</h2>
<figure class="panel">
<figcaption>Each mark is a test patch at its place, in the Equal Earth projection. Point at one to read its class and the distilled model's answer.
<span class="keys"><span class="key">${symbol("right")} right (${right})</span><span class="key">${symbol("wrong")} wrong (${wrong.length})</span></span></figcaption>
<div class="scroll" role="region" tabindex="0" aria-label="Map of the test patches"><div class="map">${map}</div></div>
</figure>
${wrong.length > 0 ? wrongAnswers(wrong) : ""}
</section>`;
}

/**
 * Whether the likeliest class is the true one.
 *
 * @param patch a test patch
 * @returns true when it is
 */
export function isRight({ classes, label }: ReportPatch): boolean {
  return classes[0]?.label === label;
}

async function drawMap(patches: readonly ReportPatch[], label: string): Promise<Html> {
  // Wrong answers last: they are fewer, and must not hide under right ones.
  const ordered = [...patches].sort((a, b) => Number(isRight(b)) - Number(isRight(a)));
  const points = ordered.map((patch, index) => ({ lat: patch.lat, lon: patch.lon, right: isRight(patch), mark: `mark-${index}` }));
  const titles = ordered.map(
    (patch) => html`${patch.label}, ${isRight(patch) ? "recognised" : `called ${answer(patch)}`} (${place(patch)})`,
  );
  return drawSvg(
    {
      width: WIDTH,
      height: WIDTH / ASPECT,
      projection: { type: "equalEarth" },
      layer: [
        { data: { sphere: true }, mark: { type: "geoshape", fill: "var(--sea)", stroke: COLOURS.line } },
        { data: { graticule: { step: [30, 30] } }, mark: { type: "geoshape", filled: false, stroke: COLOURS.line, strokeWidth: 0.5 } },
        { data: { values: await readLand() }, mark: { type: "geoshape", fill: "var(--land)" } },
        {
          data: { values: points },
          mark: { type: "point", filled: true, stroke: COLOURS.paper, strokeWidth: 0.75, opacity: 1 },
          encoding: {
            longitude: { field: "lon", type: "quantitative" },
            latitude: { field: "lat", type: "quantitative" },
            color: {
              field: "right",
              type: "nominal",
              scale: { domain: [true, false], range: [COLOURS.first, COLOURS.second] },
              legend: null,
            },
            shape: { field: "right", type: "nominal", scale: { domain: [true, false], range: ["circle", "triangle-up"] }, legend: null },
            size: { condition: { test: "datum.right", value: 52 }, value: 95 },
            description: { field: "mark" },
          },
        },
      ],
    },
    label,
    titles,
  );
}

async function readLand() {
  const file = locateLand();
  const topology: Parameters<typeof feature>[0] = JSON.parse(await readFile(file, "utf8"));
  const land = topology.objects.land;
  if (!land) fail("FILE_CORRUPT", `${file} has no outline named "land". Install the world-atlas of package-lock.json again.`);
  return feature(topology, land);
}

function locateLand(): string {
  try {
    return createRequire(import.meta.url).resolve(LAND);
  } catch (cause) {
    fail("MISSING_DEPENDENCY", `${LAND} was not found. Run npm install in the repository.`, cause);
  }
}

function wrongAnswers(wrong: readonly ReportPatch[]): Html {
  const sorted = [...wrong].sort((a, b) => compare(a.label, b.label) || compare(a.filename, b.filename));
  return html`<details>
<summary>The ${wrong.length} wrong answers as a table</summary>
<div class="scroll tall" role="region" tabindex="0" aria-label="Wrong answers">
<table class="plain">
<thead><tr><th scope="col">True class</th><th scope="col">Answer</th><th scope="col" class="number">Probability</th><th scope="col">Place</th><th scope="col">File</th></tr></thead>
<tbody>${sorted.map(
    (patch) => html`<tr><td>${patch.label}</td><td>${answer(patch)}</td><td class="number">${percent(patch.classes[0]?.probability)}</td>
<td>${place(patch)}</td><td>${patch.filename}</td></tr>`,
  )}</tbody>
</table></div>
</details>`;
}

function answer(patch: ReportPatch): string {
  return patch.classes[0]?.label ?? "nothing";
}

function symbol(kind: "right" | "wrong"): Html {
  const shape =
    kind === "right"
      ? html`<circle cx="6" cy="6" r="4.5" fill="${COLOURS.first}"/>`
      : html`<path d="M6 1 L11.5 11 L0.5 11 Z" fill="${COLOURS.second}"/>`;
  return html`<svg width="12" height="12" aria-hidden="true">${shape}</svg>`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
