// Ours against the peer, a bar a row, as a picture: node bench/models/figure.mjs draws models.svg from models.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { installed } from "../../scripts/lib/installed.mjs";
import { isMain } from "../../scripts/lib/workspace.mjs";
import { path } from "./results.mjs";

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

/** Vega-Lite is a dependency of the demo, whose report it draws. */
async function load(name) {
  const { resolve } = createRequire(new URL("../../examples/demo/package.json", import.meta.url));
  return import(pathToFileURL(resolve(name)));
}

/** Draws what models.json holds. */
export async function drawFigure() {
  if (!existsSync(path)) return;
  const rows = JSON.parse(readFileSync(path, "utf8"));
  const [vega, { compile }] = [await load("vega"), await load("vega-lite")];
  const spec = {
    background: "white",
    padding: 12,
    config: { view: { stroke: null }, font: "system-ui, sans-serif" },
    vconcat: QUANTITIES.filter(({ wanted }) => rows.some(wanted)).map((quantity) => panel(quantity, rows)),
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  writeFileSync(path.replace(/json$/, "svg"), `${await view.toSVG()}\n`);
  view.finalize();
}

if (isMain(import.meta)) {
  await installed(() => import("vega"));
  await drawFigure();
}
