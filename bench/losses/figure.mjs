// Peak bytes and time against the number of pairs, tiled and dense, as a picture: node bench/losses/figure.mjs draws losses.svg from losses.json.
import { readFileSync } from "node:fs";
import { installed } from "../../scripts/lib/installed.mjs";
import { isMain } from "../../scripts/lib/workspace.mjs";
import { resultsOf } from "../rows.mjs";
import { drawBeside } from "../svg.mjs";

const RESULTS = resultsOf("losses");
const ROW = /^(\w+) (peak-bytes|time) N=(\d+)(?: auto.*)?$/;
const QUANTITIES = { "peak-bytes": { title: "peak memory, MB", domain: [10, 10_000] }, time: { title: "time, s", domain: [0.01, 100] } };
/** Losses beside one another. */
const COLUMNS = 3;
const FORMS = ['tile: "auto"', "dense"];

/** Points of the native backend: the dense form's only where it was run. */
function pointsOf(rows) {
  return rows.flatMap(({ name, backend, ours, peer, peerName }) => {
    const [, loss, quantity, n] = ROW.exec(name) ?? [];
    if (!loss || backend !== "native") return [];
    const values = peerName === "our dense form" ? [ours, peer] : [ours];
    return values.map((value, i) => ({ loss, quantity, n: Number(n), form: FORMS[i], value: value / (quantity === "time" ? 1e3 : 1e6) }));
  });
}

function panel(quantity, loss) {
  const axis = {
    labelFontSize: 10,
    titleFontSize: 11,
    titleFontWeight: "normal",
    gridColor: "#e5e7eb",
    domain: false,
    tickColor: "#e5e7eb",
  };
  const sizes = [1024, 4096, 16384];
  return {
    transform: [{ filter: `datum.quantity === '${quantity}' && datum.loss === '${loss}'` }],
    width: 200,
    height: 150,
    ...(quantity === "peak-bytes" && { title: { text: loss, fontSize: 12 } }),
    mark: { type: "line", point: { size: 22 }, strokeWidth: 2 },
    encoding: {
      x: {
        field: "n",
        type: "quantitative",
        title: quantity === "time" ? "pairs, N" : null,
        scale: { type: "log", base: 2, domain: [1024, 32768] },
        axis: { ...axis, values: sizes, labelExpr: "format(datum.value, ',')" },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: QUANTITIES[quantity].title,
        scale: { type: "log", domain: QUANTITIES[quantity].domain },
        axis: {
          ...axis,
          values: [0.01, 0.1, 1, 10, 100, 1000, 10000],
          labelExpr: "datum.value >= 1 ? format(datum.value, ',') : datum.value",
        },
      },
      color: {
        field: "form",
        type: "nominal",
        title: null,
        scale: { domain: FORMS, range: ["#0f766e", "#c2410c"] },
        legend: { orient: "top", direction: "horizontal", labelFontSize: 12, symbolStrokeWidth: 3 },
      },
    },
  };
}

/** Draws what losses.json holds of them; nothing, where it holds none. */
export async function drawFigure() {
  const values = pointsOf(JSON.parse(readFileSync(RESULTS, "utf8")));
  if (values.length === 0) return;
  const losses = [...new Set(values.map(({ loss }) => loss))];
  const column = (loss) => ({ vconcat: Object.keys(QUANTITIES).map((quantity) => panel(quantity, loss)), spacing: 8 });
  await drawBeside(RESULTS, {
    data: { values },
    concat: losses.map(column),
    columns: COLUMNS,
    resolve: { scale: { y: "independent" } },
  });
}

if (isMain(import.meta)) {
  await installed(() => import("vega"));
  await drawFigure();
}
