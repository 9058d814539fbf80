import { describe, expect, it } from "vitest";
import { drawPanels, panelsOf } from "./curves";
import { loadDraw } from "./draw";
import { renderLearningRateFigure } from "./learning-rate-figure";
import { valueAxis } from "./value-axis";

/** What stands at the ticks of the value axis. */
async function ticks(...values: number[]): Promise<string[]> {
  const validations = values.map((bleu, i) => ({
    type: "validation" as const,
    task: "clipcap",
    step: 10 + i,
    epoch: 1,
    metrics: { bleu },
  }));
  const { markup } = await drawPanels(panelsOf([], validations), await loadDraw());
  const texts = [...markup.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
  return texts.slice(texts.indexOf("step") + 1);
}

describe("the axis of values", () => {
  it("is short where values are next to nothing, or huge", async () => {
    expect(await ticks(0, 3e-16, 1e-15)).toEqual(["0", "2e-16", "4e-16", "6e-16", "8e-16", "1e-15"]);
    expect(await ticks(1e9, 3e9)).toEqual(["1e+9", "1.5e+9", "2e+9", "2.5e+9", "3e+9"]);
    expect(await ticks(1e-15, 0.3)).toEqual(["0.00", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"]);
  });

  it("shows values that differ by rounding alone as a flat line", async () => {
    for (const tick of await ticks(0.5, 0.5000000000000014, 0.5)) expect(tick).toMatch(/^0\.\d{4}$/);
    expect(await ticks(0.5, 0.5)).toEqual(["0.500000"]);
  });

  it("leaves others as they are", () => {
    expect(valueAxis(0, 1)).toEqual({});
    expect(valueAxis(-2, 0.001)).toEqual({});
    expect(valueAxis(0, 0)).toEqual({});
    expect(valueAxis(0.0001, 0.0009)).toEqual({ format: "~g" });
  });

  it("is the one of a learning rate's figure, too", async () => {
    const curve = [1e-4, 1e-3, 1e-2].map((learningRate, i) => ({ learningRate, loss: 3e-12 - i * 1e-12, smoothed: 3e-12 - i * 1e-12 }));
    const svg = await renderLearningRateFigure({ curve, suggestion: 1e-3 });
    expect(svg).toContain(">2e-12<");
    expect(svg).not.toContain("0.00000000");
  });
});
