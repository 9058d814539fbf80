import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { obstacle, SUITES } from "../bench/suites.mjs";
import { currentPage, SHOWN, shownValue, TABLE, tablePage } from "../bench/table.mjs";

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

it("tells which rows are of another machine than the first of their suite", () => {
  const of = (name, machine) => ({ ...row, name, machine });
  const page = tablePage([
    { suite: "data", rows: [of("a", "one"), of("b", "a card; two"), of("c", "three"), of("d", "one"), of("e", "a card; two")] },
    { suite: "gpu", rows: [of("f", "a card; two")] },
  ]);
  const names = [...page.matchAll(/^\| (?:data|gpu) \| ([^|]+) \|/gm)].map(([, name]) => name);
  expect(names).toEqual(["a", "b (machine 2)", "c (machine 3)", "d", "e (machine 2)", "f"]);
  expect(page).toContain("- data: one; machine 2: a card; two; machine 3: three\n- gpu: a card; two\n");
});

it("takes a machine without its threads for the same", () => {
  const machines = ["one, Node 20, 2 threads", "one, Node 20", "one, Node 20, 4 threads", "two"];
  const page = tablePage([{ suite: "data", rows: machines.map((machine, i) => ({ ...row, name: `row ${i}`, machine })) }]);
  for (const name of ["row 0", "row 1", "row 2 (machine 2)", "row 3 (machine 3)"]) expect(page).toContain(`| data | ${name} |`);
  expect(page).toContain("- data: one, Node 20, 2 threads; machine 2: one, Node 20, 4 threads; machine 3: two\n");
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

/** What the rounds of each side were kept as before they were ranges: rows that nobody has measured anew. */
const KEPT_AS_NUMBERS = ["gpu.json"];
/** Scores stood in the place of its sides' ranges when it was measured. */
const WITHOUT_SIDES = ["SPICE 1093x5"];
/** The median of the ratios lacks in rows of rounds that weren't kept. */
const WITHOUT_MEDIAN = ["gpu.json", "tfjs-node.json"];

const FIELDS = ["name", "unit", "ours", "peer", "peerName", "ratio", "runs", "spread", "backend", "machine"].sort();
const isRange = (value) => Number.isFinite(value?.min) && value.min <= value.max;

/** What of a row is not as rows.mjs makes them. */
function misshapen(file, row) {
  const { ours, peer, ratio } = row.spread;
  const texts = ["name", "unit", "peerName", "backend", "machine"].filter((field) => typeof row[field] !== "string" || row[field] === "");
  const numbers = ["ours", "peer", "ratio", "runs"].filter((field) => !Number.isFinite(row[field]));
  const isSide = (side) => isRange(side) || (KEPT_AS_NUMBERS.includes(file) && Number.isFinite(side));
  const isThere = row.runs > 1 || [ours, peer, ratio].some((part) => part !== undefined);
  const ranges = isThere && !WITHOUT_SIDES.includes(row.name) ? Object.entries({ ours, peer }).filter(([, side]) => !isSide(side)) : [];
  const hasMedian = WITHOUT_MEDIAN.includes(file) || (ratio?.min <= ratio?.median && ratio?.median <= ratio?.max);
  return [
    ...(Object.keys(row).sort().join() === FIELDS.join() ? [] : ["fields"]),
    ...texts,
    ...numbers,
    ...ranges.map(([side]) => `spread.${side}`),
    ...(isThere && !(isRange(ratio) && hasMedian) ? ["spread.ratio"] : []),
  ];
}

it("has rows of one shape: the fields, {min, max} of each side, and {min, max, median} of the ratio", () => {
  const files = readdirSync(RESULTS).filter((name) => name.endsWith(".json"));
  const rows = files.flatMap((file) => JSON.parse(readFileSync(new URL(file, RESULTS), "utf8")).map((row) => ({ file, row })));
  expect(rows.length).toBeGreaterThan(500);
  const wrong = rows.map(({ file, row }) => ({ row: `${file}: ${row.name}`, lacks: misshapen(file, row) }));
  expect(wrong.filter(({ lacks }) => lacks.length > 0)).toEqual([]);
  const whole = { ...row, spread: { ours: { min: 1, max: 2 }, peer: { min: 2, max: 3 }, ratio: { min: 1.9, max: 2.1, median: 2 } } };
  expect(misshapen("data.json", whole)).toEqual([]);
  expect(misshapen("data.json", { ...whole, spread: { ...whole.spread, ours: [1, 2], peer: 0.5 } })).toEqual([
    "spread.ours",
    "spread.peer",
  ]);
  expect(misshapen("data.json", { ...whole, spread: {} })).toEqual(["spread.ours", "spread.peer", "spread.ratio"]);
  expect(misshapen("data.json", { ...whole, runs: 1, spread: {} })).toEqual([]);
});

it("shows numbers as they are read", () => {
  expect(shownValue(21_045_260, "bytes")).toBe("21.0 MB");
  expect(shownValue(3, "calls")).toBe("3 calls");
  expect(shownValue(1176.6, "images/s")).toBe("1177 images/s");
});

it("has every file of results", () => {
  const names = readdirSync(RESULTS).filter((name) => name.endsWith(".json"));
  expect(SHOWN.map((suite) => `${suite}.json`).sort()).toEqual(names.sort());
});

it("keeps docs/benchmarks.md as the results are (npm run bench -- table writes it)", () => {
  expect(readFileSync(TABLE, "utf8")).toBe(currentPage());
});

it("runs every suite that there is", () => {
  const folder = new URL("../bench/", import.meta.url);
  const helpers = ["each", "machine", "process-bytes", "rows", "run", "start", "suites", "svg", "table", "turns", "results"];
  const found = readdirSync(folder).map((name) => name.replace(/\.mjs$/, ""));
  expect(SUITES.map(({ name }) => name).sort()).toEqual(found.filter((name) => !helpers.includes(name)).sort());
});

it("says what is in a suite's way", () => {
  const here = { hasCard: false, isQuick: true };
  expect(obstacle({ quick: () => [] }, here)).toBeUndefined();
  expect(obstacle({ needsCard: true }, here)).toBe("it has no quick form");
  expect(obstacle({ needsCard: true }, { ...here, isQuick: false })).toContain("no graphics card");
});

it("measures the training step before the losses that are a share of it", () => {
  const names = SUITES.map(({ name }) => name);
  expect(names.indexOf("backend")).toBeLessThan(names.indexOf("losses"));
});
