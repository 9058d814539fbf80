import { type Html, html } from "@rsdix/internal";
import { percent } from "./format";
import type { ReportData } from "./report-data";
import { COLOURS, drawSvg } from "./vega-svg";

/** Side of a cell. */
const CELL = 42;
/** Longest label beside the matrix, in pixels; what is longer ends in dots. */
const LABEL = 170;
/** From this share on, the count is written in the page's colour on the dark cell. */
const DARK = 0.5;
/** Mistakes named beside the matrix. */
const NAMED = 6;

/** How a class fared. */
interface ClassResult {
  label: string;
  right: number;
  total: number;
}

/**
 * The confusion matrix of the distilled model, and in words what it shows.
 *
 * @param data the confusion matrix
 * @returns the section
 */
export async function confusionSection({ summary: { classes }, confusion }: ReportData): Promise<Html> {
  const results = classes.map((label, row) => ({ label, right: confusion[row]?.[row] ?? 0, total: sum(confusion[row] ?? []) }));
  const matrix = await drawMatrix(classes, confusion, results);
  return html`<section id="confusion">
<h2>What is taken for what</h2>
<div class="beside">
<figure class="panel">
<figcaption>Test patches of the distilled model: a row for each true class, a column for each predicted one. Shade: share of the row. Number: patches.</figcaption>
<div class="scroll" role="region" tabindex="0" aria-label="Confusion matrix"><div class="matrix">${matrix}</div></div>
</figure>
<div>
<h3>Recognised, by class</h3>
<table class="plain">
<thead><tr><th scope="col">Class</th><th scope="col" class="number">Right</th><th scope="col" class="number">Of</th><th scope="col" class="number">Share</th></tr></thead>
<tbody>${results.map(
    ({ label, right, total }) => html`<tr><th scope="row">${label}</th><td class="number">${right}</td><td class="number">${total}</td>
<td class="number">${total > 0 ? percent(right / total) : "–"}</td></tr>`,
  )}</tbody>
</table>
<h3>Commonest mistakes</h3>
${mistakes(classes, confusion, results)}
${neverPredicted(classes, confusion)}
</div>
</div>
</section>`;
}

async function drawMatrix(classes: readonly string[], confusion: number[][], results: readonly ClassResult[]): Promise<Html> {
  const cells = classes.flatMap((truth, row) =>
    classes.map((predicted, column) => {
      const count = confusion[row]?.[column] ?? 0;
      return { truth, predicted, count, share: count / Math.max(1, results[row]!.total), diagonal: row === column };
    }),
  );
  const axis = {
    domain: false,
    ticks: false,
    labelLimit: LABEL,
    labelFontSize: 13,
    titleFontSize: 13,
    labelColor: COLOURS.ink,
    titlePadding: 2,
  };
  const sort = [...classes];
  return drawSvg(
    {
      data: { values: cells },
      width: { step: CELL },
      height: { step: CELL },
      encoding: {
        x: { field: "predicted", type: "nominal", sort, title: "predicted", axis: { ...axis, labelAngle: -40, orient: "top" } },
        y: { field: "truth", type: "nominal", sort, title: "true class", axis },
      },
      layer: [
        { mark: { type: "rect", fill: "transparent", stroke: COLOURS.line, strokeWidth: 0.5 } },
        {
          mark: { type: "rect", fill: COLOURS.first },
          encoding: { fillOpacity: { field: "share", type: "quantitative", scale: { domain: [0, 1], range: [0, 1] }, legend: null } },
        },
        {
          transform: [{ filter: "datum.count > 0" }],
          mark: { type: "text", fontSize: 14 },
          encoding: {
            text: { field: "count" },
            color: { condition: { test: `datum.share > ${DARK}`, value: COLOURS.paper }, value: COLOURS.ink },
          },
        },
      ],
    },
    `Confusion matrix of ${classes.length} classes; the table beside it says how many of each class are recognised.`,
  );
}

function mistakes(classes: readonly string[], confusion: number[][], results: readonly ClassResult[]): Html {
  const found = classes
    .flatMap((truth, row) =>
      classes.map((predicted, column) => ({ truth, predicted, count: row === column ? 0 : (confusion[row]?.[column] ?? 0), row })),
    )
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, NAMED);
  if (found.length === 0) return html`<p>None: every test patch is recognised.</p>`;
  return html`<ul class="mistakes">${found.map(
    ({ truth, predicted, count, row }) => html`<li><b>${truth}</b> called <b>${predicted}</b>: ${count} of ${results[row]!.total}</li>`,
  )}</ul>`;
}

function neverPredicted(classes: readonly string[], confusion: number[][]): Html | string {
  const absent = classes.filter((_, column) => classes.every((_, row) => !confusion[row]?.[column]));
  return absent.length === 0 ? "" : html`<p>Never predicted: ${absent.join(", ")}.</p>`;
}

function sum(row: readonly number[]): number {
  return row.reduce((total, count) => total + count, 0);
}
