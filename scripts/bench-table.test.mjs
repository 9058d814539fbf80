import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { obstacle, SUITES } from "../bench/suites.mjs";
import { currentPage, shownValue, TABLE, tablePage } from "../bench/table.mjs";

const RESULTS = new URL("../bench/results/", import.meta.url);
const row = {
  ...{ name: "a | b", unit: "ms", ours: 1.23456, peer: 2.5, peerName: "another", ratio: 2.025, runs: 3, backend: "wasm", machine: "one" },
  spread: { ratio: { min: 1.9, max: 2.1 } },
};

it("has a line for every result, with its spread, its peer and its machine", () => {
  const page = tablePage([{ suite: "data", rows: [row, { ...row, name: "once", runs: 1, spread: {} }] }]);
  expect(page).toContain("| data | a \\| b | wasm | 1.23 ms | 2.50 ms | 2.02 | 1.90 to 2.10 | 3 | another |\n");
  expect(page).toContain("| data | once | wasm | 1.23 ms | 2.50 ms | 2.02 | one run | 1 | another |\n");
  expect(page).toContain("- data: one\n");
});

it("tells the load where more was at work than two cores have room for", () => {
  const of = (runs, loadAverage) => tablePage([{ suite: "scale", rows: [{ ...row, runs, spread: { ...row.spread, loadAverage } }] }]);
  expect(of(1, 7.05)).toContain("| one run, at a load of 7 | 1 |");
  expect(of(1, 1.63)).toContain("| one run | 1 |");
  expect(of(3, 7.05)).toContain("| 1.90 to 2.10, at a load of 7 | 3 |");
  expect(of(3, 2.48)).toContain("| 1.90 to 2.10, at a load of 2.5 | 3 |");
  expect(of(3, 2)).toContain("| 1.90 to 2.10 | 3 |");
});

/** Units of which more is better, and those of which less is. */
const MORE = /^(GFLOP|\w+s)\/s$|^share( of 1)?$|^r$|^F1$/;
const LESS = /^(ms|s)(\/\w+)?(, one at a time)?$|^(bytes|kB|MB|GiB|calls|tensors|runs|of 1|score|times the model)$/;

it.each(readdirSync(RESULTS).filter((name) => name.endsWith(".json")))(
  "has ratios above 1 where ours is better, and a spread, in %s",
  (name) => {
    const rows = JSON.parse(readFileSync(new URL(name, RESULTS), "utf8"));
    const wrong = rows.filter(({ unit, ours, peer, ratio, runs, spread }) => {
      if (MORE.test(unit) === LESS.test(unit)) return true;
      const is = MORE.test(unit) ? ours / peer : peer / ours;
      return !(Math.abs(ratio / is - 1) < 1e-6) || (runs > 1 && !(spread.ratio?.min <= spread.ratio?.max));
    });
    expect(wrong.map((row) => `${row.name}: ${row.ours} and ${row.peer} ${row.unit}, ratio ${row.ratio}`)).toEqual([]);
  },
);

it.each(readdirSync(RESULTS).filter((name) => name.endsWith(".json") && name !== "gpu.json"))(
  // whose rows are of before it kept the rounds' range
  "has each side's median within its range, where it was measured several times, in %s",
  (name) => {
    const rows = JSON.parse(readFileSync(new URL(name, RESULTS), "utf8"));
    const isWithin = (value, range) => range === undefined || (range.min <= value && value <= range.max);
    const wrong = rows.filter(({ runs, ours, peer, spread }) => runs > 1 && !(isWithin(ours, spread.ours) && isWithin(peer, spread.peer)));
    expect(wrong.map((row) => row.name)).toEqual([]);
  },
);

it("shows numbers as they are read", () => {
  expect(shownValue(21_045_260, "bytes")).toBe("21.0 MB");
  expect(shownValue(3, "calls")).toBe("3 calls");
  expect(shownValue(1176.6, "images/s")).toBe("1177 images/s");
});

it("keeps docs/benchmarks.md as the results are (npm run bench -- table writes it)", () => {
  expect(readFileSync(TABLE, "utf8")).toBe(currentPage());
});

it("runs every suite that there is", () => {
  const folder = new URL("../bench/", import.meta.url);
  const helpers = ["each", "machine", "rows", "run", "start", "suites", "svg", "table", "results"];
  const found = readdirSync(folder).map((name) => name.replace(/\.mjs$/, ""));
  expect(SUITES.map(({ name }) => name).sort()).toEqual(found.filter((name) => !helpers.includes(name)).sort());
});

it("says what is in a suite's way", () => {
  const here = { backend: "wasm", hasCard: false, isQuick: true };
  expect(obstacle({ needsCard: true }, here)).toBe("it has no quick form");
  expect(obstacle({ needsCard: true }, { ...here, isQuick: false })).toContain("no graphics card");
});
