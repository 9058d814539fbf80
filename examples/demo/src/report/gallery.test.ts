import { expect, it } from "vitest";
import { syntheticData } from "../../test/synthetic-data";
import { choosePatches } from "./gallery";

it("chooses without looking at the answers: equal numbers a class, equal distances", () => {
  const data = syntheticData({ classes: Array.from({ length: 11 }, (_, i) => `class ${i}`), patches: 220 });
  const chosen = choosePatches(data);
  expect(chosen).toHaveLength(22);
  expect(chosen.map(({ filename }) => filename).slice(0, 4)).toEqual([
    "class 0-55.png",
    "class 0-165.png",
    "class 1-56.png",
    "class 1-166.png",
  ]);
  for (const patch of data.patches) patch.classes.reverse();
  expect(choosePatches(data)).toEqual(chosen);
});

it("shows all there are of a small class, and none of an empty one", () => {
  const data = syntheticData({ patches: 5 });
  expect(choosePatches(data)).toHaveLength(5);
  data.summary.classes.push("empty");
  expect(choosePatches(data)).toHaveLength(5);
});
