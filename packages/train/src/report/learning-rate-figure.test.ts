import { expect, it } from "vitest";
import { renderLearningRateFigure } from "./learning-rate-figure";

const curve = Array.from({ length: 100 }, (_, i) => {
  const learningRate = 1e-7 * 10 ** ((7 * i) / 99);
  const smoothed = 2 - Math.tanh((i - 60) / 10) + (i > 90 ? (i - 90) / 4 : 0);
  return { learningRate, loss: smoothed + Math.sin(i * 7) / 10, smoothed };
});

it("draws the curve and marks the suggestion", async () => {
  const svg = await renderLearningRateFigure({ curve, suggestion: 2e-3 });
  expect(svg).toMatch(
    /^<svg role="img" xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><title>Loss by learning rate, from 1\.00e-7 to 1; suggested is 0\.002\.<\/title>/,
  );
  expect(svg).toContain(">suggested: 0.002<");
  expect(svg.match(/stroke="#0b66a8"/g)).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

it("draws without a suggestion, with losses that are none and with a loss that never moves", async () => {
  const broken = [
    ...curve.slice(0, 50),
    { learningRate: 1, loss: Number.NaN, smoothed: Number.NaN },
    { learningRate: 0, loss: 1, smoothed: 1 },
  ];
  for (const some of [broken, curve.map((point) => ({ ...point, loss: 0, smoothed: 0 })), curve.slice(0, 2)]) {
    const svg = await renderLearningRateFigure({ curve: some, suggestion: undefined });
    expect(svg).toContain("no rate is suggested");
    expect(svg).not.toMatch(/NaN|undefined|Infinity|suggested:/);
  }
});

it("refuses a curve of less than two points", async () => {
  await expect(renderLearningRateFigure({ curve: curve.slice(0, 1), suggestion: 1 })).rejects.toMatchObject({
    code: "EMPTY_DATA",
    message: "A learning rate's curve must have at least 2 points with numbers, got 1.",
  });
});
