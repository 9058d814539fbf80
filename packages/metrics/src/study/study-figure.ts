import { loadVegaSvg, titledSvg } from "@rsdix/internal";
import type { TopLevelSpec } from "vega-lite";
import { placeLabels } from "./place-labels";
import type { MetricStudy } from "./study-result";
import { checkStudy } from "./study-text";

const SIZE = { width: 360, height: 360 };
/** Colours that people with any colour vision tell apart (Okabe and Ito's, darkened for text), then greys. */
const COLOURS = ["#0072b2", "#c2410c", "#00795b", "#a3478a", "#8a6d00", "#2a8fc7", "#444444", "#7a3b00", "#4b3f9e", "#777777"];
const GREY = "#6b7280";

/**
 * Loads what draws a study's figure, the packages vega and vega-lite.
 *
 * @returns A function that takes what `metricStudy` found and gives an SVG: on the left each metric's robustness against its sensitivity, with intervals (up
 * and to the right is better); on the right how far each metric falls under each perturbation.
 * @throws RsdixError MISSING_DEPENDENCY without vega and vega-lite, saying how to install them; the function INVALID_ARGUMENT for what is no study.
 * @example
 * ```ts
 * import { loadStudyFigure, metricStudy } from "@rsdix/metrics/study";
 * const draw = await loadStudyFigure();
 * const study = await metricStudy([["a green lake ."], ["a red car near it ."]], { metrics: ["bleu", "rougeL"], perturbations: ["synonyms", "colour"] });
 * console.log((await draw(study)).slice(0, 4)); // <svg
 * ```
 * @see https://vega.github.io/vega-lite/
 */
export async function loadStudyFigure(): Promise<(study: MetricStudy) => Promise<string>> {
  const draw = await loadVegaSvg(Promise.all([import("vega"), import("vega-lite")]), "The figure is");
  return async (study) => {
    checkStudy(study);
    return `${titledSvg(await draw(figureOf(study)), summaryOf(study))}\n`;
  };
}

function summaryOf({ metrics }: MetricStudy): string {
  const number = (value: number | null) => (value === null ? "none" : value.toFixed(2));
  const each = metrics.map(
    ({ metric, robustness, sensitivity }) => `${metric} ${number(robustness.value)} and ${number(sensitivity.value)}`,
  );
  return `Robustness and sensitivity of metrics: ${each.join(", ")}.`;
}

const axis = {
  labelFlush: false,
  labelFontSize: 10,
  titleFontSize: 12,
  titleFontWeight: "normal" as const,
  gridColor: "#e5e7eb",
  domain: false,
  tickColor: "#e5e7eb",
};

function figureOf(study: MetricStudy): TopLevelSpec {
  const names = study.metrics.map(({ metric }) => metric);
  const colour = { field: "metric", type: "nominal" as const, scale: { domain: names, range: COLOURS } };
  return {
    background: "white",
    padding: 12,
    config: { view: { stroke: null }, font: "system-ui, sans-serif" },
    hconcat: [scatter(study, { ...colour, legend: null }), drops(study, names, { ...colour, legend: LEGEND })],
    spacing: 28,
    align: "none",
    resolve: { scale: { color: "independent" } },
  };
}

function scatter({ metrics, images, captions, settings }: MetricStudy, color: object) {
  const values = metrics.flatMap(({ metric, robustness, sensitivity }) =>
    robustness.value === null || sensitivity.value === null
      ? []
      : [
          {
            ...{ metric, x: sensitivity.value, y: robustness.value },
            ...{ xLow: sensitivity.low, xHigh: sensitivity.high, yLow: robustness.low, yHigh: robustness.high },
          },
        ],
  );
  const xDomain = around(values.flatMap(({ x, xLow, xHigh }) => [x, xLow ?? x, xHigh ?? x]));
  const yDomain = around(values.flatMap(({ y, yLow, yHigh }) => [y, yLow ?? y, yHigh ?? y]));
  const at = (value: number, [low, high]: readonly [number, number]) => (value - low) / (high - low);
  const points = values.map(({ x, y, metric }) => ({
    x: at(x, xDomain) * SIZE.width,
    y: (1 - at(y, yDomain)) * SIZE.height,
    text: metric,
  }));
  const labels = placeLabels(points, SIZE).map(({ x, y }, i) => ({
    metric: values[i]!.metric,
    x: xDomain[0] + (x / SIZE.width) * (xDomain[1] - xDomain[0]),
    y: yDomain[1] - (y / SIZE.height) * (yDomain[1] - yDomain[0]),
  }));
  const x = {
    field: "x",
    type: "quantitative" as const,
    scale: { domain: [...xDomain], nice: false, zero: false },
    axis,
    title: "sensitivity: mean drop where the meaning changes",
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    scale: { domain: [...yDomain], nice: false, zero: false },
    axis,
    title: "robustness: 1 − mean drop where it stays",
  };
  const rule = { type: "rule" as const, strokeWidth: 1.5, opacity: 0.55 };
  return {
    ...SIZE,
    title: {
      text: "Which metrics notice what matters",
      subtitle: [
        "up and to the right is better",
        `${settings.level * 100} % intervals; ${count(images, "image")}, ${count(captions, "caption")}`,
      ],
      ...TITLE,
    },
    data: { values },
    layer: [
      ...(values.length === 0 ? [nothing("needs perturbations of both kinds")] : []),
      {
        transform: [{ filter: "isValid(datum.xLow)" }],
        mark: rule,
        encoding: { x: { ...x, field: "xLow" }, x2: { field: "xHigh" }, y, color },
      },
      {
        transform: [{ filter: "isValid(datum.yLow)" }],
        mark: rule,
        encoding: { y: { ...y, field: "yLow" }, y2: { field: "yHigh" }, x, color },
      },
      { mark: { type: "point" as const, filled: true, size: 55, opacity: 1 }, encoding: { x, y, color } },
      { data: { values: labels }, mark: { type: "text" as const, fontSize: 11 }, encoding: { x, y, text: { field: "metric" }, color } },
    ],
  };
}

const LEGEND = { orient: "bottom" as const, columns: 5, title: null, labelFontSize: 11, symbolOpacity: 1 };
const TITLE = { anchor: "start" as const, fontSize: 13, subtitleFontSize: 11, subtitleColor: GREY };

function drops({ metrics, perturbations }: MetricStudy, names: readonly string[], color: object) {
  const order = perturbations.map(({ name }) => name);
  const kept = perturbations.filter(({ keepsMeaning }) => keepsMeaning).map(({ name }) => name);
  const bold = { test: `indexof(${JSON.stringify(kept)}, datum.value) >= 0`, value: "bold" as const };
  const values = metrics.flatMap(({ metric, perturbations: scores }) =>
    perturbations.flatMap(({ name }) => {
      const { value, low, high } = scores[name]!.drop;
      return value === null ? [] : [{ metric, perturbation: name, value, low, high }];
    }),
  );
  const y = {
    field: "perturbation",
    type: "nominal" as const,
    sort: order,
    title: null,
    scale: { domain: order, paddingInner: 0.25 },
    axis: {
      ...axis,
      grid: true,
      tickBand: "extent" as const,
      labelFontSize: 11,
      labelFontWeight: { condition: bold, value: "normal" as const },
    },
  };
  const yOffset = { field: "metric", type: "nominal" as const, sort: [...names], scale: { domain: [...names], paddingOuter: 0.5 } };
  const x = { field: "value", type: "quantitative" as const, axis, title: "drop, share of the metric's maximum" };
  return {
    width: 300,
    height: Math.max(SIZE.height, order.length * (names.length * 6 + 8)),
    title: { text: "How far scores fall", subtitle: ["under each perturbation", "bold: the meaning stays"], ...TITLE },
    data: { values },
    layer: [
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "rule" as const, strokeWidth: 2, opacity: 0.55 },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, yOffset, color },
      },
      { mark: { type: "point" as const, filled: true, size: 28, opacity: 1 }, encoding: { x, y, yOffset, color } },
    ],
  };
}

function nothing(text: string) {
  const middle = { x: { value: SIZE.width / 2 }, y: { value: SIZE.height / 2 } };
  return { data: { values: [{}] }, mark: { type: "text" as const, color: GREY, text }, encoding: middle };
}

function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}

/** A domain with some room, its ends at twentieths. */
function around(values: readonly number[]): [number, number] {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.02, (high - low) * 0.06);
  return [Math.floor((low - room) * 20) / 20, Math.ceil((high + room) * 20) / 20];
}
