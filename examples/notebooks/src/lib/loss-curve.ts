import * as Plot from "@observablehq/plot";

/** A step of training, as it is drawn. */
export interface CurvePoint {
  /** Its number, from 1. */
  readonly step: number;
  /** The loss, or a part of it. */
  readonly loss: number;
  /** Which loss it is. */
  readonly part: string;
}

/** The losses of a run so far, on axes that are long enough for all its steps. */
export function lossCurve(points: readonly CurvePoint[], steps: number, title: string): Element {
  const parts = [...new Set(points.map(({ part }) => part))];
  return Plot.plot({
    title,
    ...{ width: 620, height: 240, marginLeft: 40, marginRight: 90, ariaLabel: title },
    x: { label: "step", domain: [0, steps] },
    y: { label: "loss", grid: true, domain: [0, Math.max(...points.map(({ loss }) => loss), 0.1)] },
    color: { type: "categorical", domain: parts, range: ["#08468b", "#c2410c", "#8a6d00"] },
    marks: [
      Plot.ruleY([0]),
      Plot.line(points, { x: "step", y: "loss", z: "part", stroke: "part", strokeWidth: 1.8 }),
      Plot.text(points, Plot.selectLast({ x: "step", y: "loss", z: "part", text: "part", fill: "part", textAnchor: "start", dx: 6 })),
    ],
  });
}
