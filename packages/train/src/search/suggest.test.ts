import { createRandom } from "@rsdix/internal";
import { expect, it } from "vitest";
import type { SearchPoint } from "./space";
import { SpaceCode } from "./space-code";
import { representative, suggest } from "./suggest";

it("represents observations by the lowest and by some of all others, in their order", () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i * 37) % 1000);
  const all = { points: values.map((value, i) => [value, i]), values, groups: [0, 1] };
  const { points, values: chosen, groups } = representative(all, 100);
  expect(chosen).toHaveLength(100);
  expect(new Set(points.map(([, i]) => i)).size).toBe(100);
  expect(points.map(([value]) => value)).toEqual(chosen);
  expect(points.map(([, i]) => i)).toEqual(points.map(([, i]) => i!).sort((a, b) => a - b));
  expect(chosen.filter((value) => value < 50)).toHaveLength(50);
  const others = points.filter(([value]) => value! >= 50).map(([, i]) => i!);
  expect(Math.max(...others.slice(1).map((i, k) => i - others[k]!))).toBeLessThan(30); // no gap in time
  expect(others[0]).toBeLessThan(3);
  expect(groups).toEqual([0, 1]);
  expect(representative(all, 1000)).toEqual(all);
});

it("proposes by a thousand trials what is better than all of them", () => {
  const code = new SpaceCode({ x: { type: "continuous", min: 0, max: 1 }, y: { type: "continuous", min: 0, max: 1 } });
  const random = createRandom(1);
  const distance = ({ x, y }: SearchPoint) => ((x as number) - 0.3) ** 2 + ((y as number) - 0.7) ** 2;
  const draw = () => code.draw(random);
  const tried = Array.from({ length: 1000 }, draw)
    .filter((point) => distance(point) > 0.001)
    .map((parameters) => ({ parameters, value: distance(parameters) }));
  const proposed = suggest(code, tried, createRandom(2))!;
  expect(distance(proposed)).toBeLessThan(0.0005);
  expect(suggest(code, tried, createRandom(2))).toEqual(proposed);
});
