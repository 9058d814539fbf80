// Ours against the peer, a bar a row, as a picture: node bench/models/figure.mjs draws models.svg from models.json.
import { existsSync, readFileSync } from "node:fs";
import { installed } from "../../scripts/lib/installed.mjs";
import { isMain } from "../../scripts/lib/workspace.mjs";
import { resultsOf } from "../rows.mjs";
import { drawBeside } from "../svg.mjs";

const RESULTS = resultsOf("models");
const QUANTITIES = [
  { title: "throughput, times the peer's", wanted: ({ unit }) => unit.endsWith("/s") },
  { title: "load time, the peer's over ours", wanted: ({ unit }) => unit === "ms" },
  { title: "memory and disk, the peer's over ours", wanted: ({ unit }) => unit === "MB" },
];

function panel({ title, wanted }, rows) {
  const values = rows.filter(wanted).map(({ name, backend, ratio }) => ({ name, backend, ratio }));
  const axis = { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", gridColor: "#e5e7eb", domain: false, ticks: false };
  const y = { field: "name", type: "nominal", sort: null, title: null, axis: { ...axis, labelLimit: 1000 } };
  const x = { field: "ratio", type: "quantitative", title, axis };
  const color = { field: "backend", type: "nominal", title: null, scale: { domain: ["native", "wasm"], range: ["#0f766e", "#c2410c"] } };
  return {
    width: 320,
    height: { step: 12 },
    layer: [
      { data: { values }, mark: "bar", encoding: { y, x, color, yOffset: { field: "backend" } } },
      { data: { values: [{ one: 1 }] }, mark: { type: "rule", color: "#111827" }, encoding: { x: { field: "one", type: "quantitative" } } },
    ],
  };
}

/** Draws what models.json holds. */
export async function drawFigure() {
  if (!existsSync(RESULTS)) return;
  const rows = JSON.parse(readFileSync(RESULTS, "utf8"));
  await drawBeside(RESULTS, {
    vconcat: QUANTITIES.filter(({ wanted }) => rows.some(wanted)).map((quantity) => panel(quantity, rows)),
  });
}

if (isMain(import.meta)) {
  await installed(() => import("vega"));
  await drawFigure();
}
