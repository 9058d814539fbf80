import { fail, show, titledSvg } from "@rsdix/internal";
import { checkList } from "../check-given";
import { describeNumber } from "../loggers/describe";
import { loadVega } from "./draw";
import { valueAxis } from "./value-axis";

/** A learning rate's search: its curve by rising rate, and what it suggests. */
export interface LearningRateCurve {
  /** Rate, loss and smooth loss of each step. */
  readonly curve: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[];
  /** The rate that is suggested, if there is one. */
  readonly suggestion: number | undefined;
}

const BLUE = "#0b66a8";
const ORANGE = "#c4510c";
/** The smooth curve's range is shown, and so much more on either side: single losses of a search that diverges are far beyond. */
const ROOM = 0.25;

/**
 * Draws what a search for a learning rate found, as an SVG file: each step's loss faint, the smooth loss strong, the suggestion marked.
 *
 * @param found The curve, of at least two points, and the suggestion.
 * @returns The SVG.
 * @throws MISSING_DEPENDENCY without the packages vega and vega-lite; EMPTY_DATA when fewer than two points have a rate above 0 and a loss that is a number;
 *   INVALID_ARGUMENT for what is no curve.
 * @example
 * ```ts
 * import { renderLearningRateFigure } from "@rsdix/train";
 * const curve = [1e-4, 1e-3, 1e-2].map((learningRate, i) => ({ learningRate, loss: 3 - i, smoothed: 3 - i }));
 * console.log((await renderLearningRateFigure({ curve, suggestion: 1e-3 })).slice(0, 4)); // <svg
 * ```
 * @see Cyclical learning rates for training neural networks, arXiv 1506.01186, section 3.3
 */
export async function renderLearningRateFigure(found: LearningRateCurve): Promise<string> {
  const { curve, suggestion } = checked(found);
  const values = curve.filter(({ learningRate, smoothed }) => learningRate > 0 && Number.isFinite(smoothed));
  if (values.length < 2) fail("EMPTY_DATA", `A learning rate's curve must have at least 2 points with numbers, got ${values.length}.`);
  const draw = await loadVega();
  const smooth = values.map(({ smoothed }) => smoothed);
  const [low, high] = [smooth.reduce((a, b) => Math.min(a, b)), smooth.reduce((a, b) => Math.max(a, b))];
  const room = (high - low) * ROOM || Math.abs(high) * ROOM || 1;
  const { format } = valueAxis(low, high);
  const x = {
    field: "learningRate",
    type: "quantitative" as const,
    title: "learning rate",
    scale: { type: "log" as const, nice: false },
    axis: { grid: false, format: "~e", tickCount: 8 },
  };
  const y = {
    field: "smoothed",
    type: "quantitative" as const,
    title: "loss",
    scale: { domain: [low - room, high + room], nice: false, clamp: true },
    axis: { gridColor: "#e5e7eb", domain: false, ticks: false, ...(format !== undefined && { format }) },
  };
  const svg = await draw({
    ...{ width: 480, height: 260, background: "white", padding: 12 },
    config: { view: { stroke: null }, font: "system-ui, sans-serif", axis: { titleFontWeight: "normal" } },
    layer: [
      {
        data: { values: [...values] },
        mark: { type: "line", color: BLUE, opacity: 0.35, strokeWidth: 1 },
        encoding: { x, y: { ...y, field: "loss" } },
      },
      { data: { values: [...values] }, mark: { type: "line", color: BLUE, strokeWidth: 2 }, encoding: { x, y } },
      ...(suggestion === undefined ? [] : marked(suggestion, x)),
    ],
  });
  const first = values[0]!;
  const last = values.at(-1)!;
  const what = `Loss by learning rate, from ${describeNumber(first.learningRate)} to ${describeNumber(last.learningRate)}; ${
    suggestion === undefined ? "no rate is suggested" : `suggested is ${describeNumber(suggestion)}`
  }.`;
  return `${titledSvg(svg, what)}\n`;
}

/** A curve, once all of it is found to be numbers. */
function checked(found: LearningRateCurve): LearningRateCurve {
  checkList(found?.curve, "renderLearningRateFigure: curve", "{ learningRate, loss, smoothed }");
  const isNumber = (value: unknown) => typeof value === "number";
  for (const [i, point] of found.curve.entries()) {
    const wrong = (["learningRate", "loss", "smoothed"] as const).find((name) => !isNumber(point?.[name]));
    if (wrong) fail("INVALID_ARGUMENT", `renderLearningRateFigure: curve[${i}].${wrong} must be a number, got ${show(point?.[wrong])}.`);
  }
  if (found.suggestion !== undefined && !isNumber(found.suggestion))
    fail("INVALID_ARGUMENT", `renderLearningRateFigure: suggestion must be a number or left out, got ${show(found.suggestion)}.`);
  return found;
}

function marked(suggestion: number, x: object) {
  const data = { values: [{ learningRate: suggestion, text: `suggested: ${describeNumber(suggestion)}` }] };
  const text = { type: "text" as const, color: ORANGE, align: "right" as const, dx: -5, dy: 4, baseline: "top" as const, fontSize: 11 };
  return [
    { data, mark: { type: "rule" as const, color: ORANGE, strokeWidth: 1.5, strokeDash: [5, 3] }, encoding: { x } },
    { data, mark: text, encoding: { x, y: { value: 0 }, text: { field: "text", type: "nominal" as const } } },
  ];
}
