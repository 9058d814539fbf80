// docs/benchmarks.md: every result in one table, as the suites wrote them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resultsOf } from "./rows.mjs";

export const TABLE = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));

/** The suites in the order of the table: each that has results. */
export const SHOWN = [
  "losses",
  "backend",
  "models",
  "data",
  "metrics",
  "train",
  "scale",
  "service",
  "self-distillation",
  "gpu",
  "tfjs-node",
];

/** Losses are measured at many sizes, each in time, bytes and kernels; the table has the times at one size, and the file the rest. */
const isShown = (suite, { name, unit }) => suite !== "losses" || (unit === "ms" && /\bN=2048\b/.test(name));

const BYTES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
];

/** A number as a reader takes it in: three digits, bytes in their unit. */
export function shownValue(value, unit) {
  const [size, name] = (unit === "bytes" && BYTES.find(([least]) => value >= least)) || [1, unit];
  const number = value / size;
  const digits = number >= 1000 || Number.isInteger(number) ? String(Math.round(number)) : number.toPrecision(3);
  return `${digits} ${name}`;
}

/** How far the ratio went between runs, and the load where more was at work than two cores have room for. */
function shownSpread({ runs, spread }) {
  const load = spread?.loadAverage > 2 ? `at a load of ${Number(spread.loadAverage.toPrecision(2))}` : "";
  return [runs === 1 ? "one run" : shownRange(spread), load].filter(Boolean).join(", ");
}

/** From the worst ratio to the best. */
const shownRange = ({ ratio }) => `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`;

/** Whether a row's machine is another's, or that without its threads: a size, say, hangs on none. */
const isOf = (machine, whole) => whole === machine || whole.startsWith(`${machine}, `);

/** What a suite's rows were measured on, that of the first row first. */
function machinesOf(rows) {
  const machines = [...new Set(rows.map(({ machine }) => machine))];
  return machines.filter((machine) => machines.every((other) => other === machine || !isOf(machine, other)));
}

/** What a row is called in the table: some of a suite may be measured on another machine, and the rest be left as it was. */
function shownName({ name, machine }, machines) {
  const number = machines.findIndex((whole) => isOf(machine, whole)) + 1;
  return number === 1 ? name : `${name} (machine ${number})`;
}

/** A suite's machines, with the numbers that its rows have. */
const shownMachines = (machines) => machines.map((machine, i) => (i === 0 ? machine : `machine ${i + 1}: ${machine}`)).join("; ");

/** The page of rows: `[{ suite, rows }]`. */
export function tablePage(suites) {
  const cell = (text) => text.replaceAll("|", "\\|");
  const lines = suites.flatMap(({ suite, rows }) => {
    const machines = machinesOf(rows);
    return rows
      .filter((row) => isShown(suite, row))
      .map((row) => {
        const { backend, ours, peer, unit, peerName, ratio, runs } = row;
        const cells = [
          suite,
          shownName(row, machines),
          backend,
          shownValue(ours, unit),
          shownValue(peer, unit),
          ratio.toFixed(2),
          shownSpread(row),
          String(runs),
          peerName,
        ];
        return `| ${cells.map(cell).join(" | ")} |`;
      });
  });
  const machines = suites.map(({ suite, rows }) => `- ${suite}: ${shownMachines(machinesOf(rows))}`);
  return [
    "# Benchmarks",
    "",
    'Made by `npm run bench`, and for tfjs-node in Node by `scripts/tfjs-node/time.mjs`, from the files in [`bench/results`](https://github.com/rsdix/rsdix/tree/main/bench/results). Where the peer is a program, or another way to do it with ours, the two sides take turns in one run and compute the same, but for what the peer\'s name says that it does otherwise, such as exact search, or greedy decoding for want of beams; it may also be a part of the same run. No turns are taken where the peer is a limit, a goal, a bound, what was asked for, or a figure of another size times what is between the sizes: these are numbers that were there before. Nor are they for installed sizes, scores, and the building of an index, where one side comes after the other. Figures are medians, the ratio is above 1 where ours is better (faster, smaller, more), and its spread goes from the worst run to the best; that of tfjs-node goes as far as the extremes of both sides allow. What was measured once says "one run": sizes, counts and scores need no repeating, other figures of one run are the less sure for it. Where the load was noted (in scale and service) and more was at work than the two cores have room for, a load above 2 says how much: such a time would be shorter on an idle machine. Rows were measured on different days, on a virtual machine that was at times half as fast: compare the two sides of a row, not one row with another. A row with "(machine 2)" was measured on another machine than the first of its suite, or with another Node or other threads; the list below the table says on which. Of the losses the table has the times at 2,048 pairs; their file has other sizes, bytes and numbers of kernels.',
    "",
    "`npm run bench -- --quick` shows in three minutes what can be shown here. What needs a peer that is not installed is left out, and how to get it is said. `npm run bench` alone measures all suites in full, which takes hours, among others for a million shards and a million vectors, and 10 GB in the temporary folder; `npm run bench -- SUITE` measures one.",
    "",
    "| suite | what | backend | ours | peer | ratio | spread | runs | the peer |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
    "## Machines",
    "",
    ...machines,
    "",
  ].join("\n");
}

/** The page of the results that lie in bench/results. */
export function currentPage() {
  const there = SHOWN.filter((suite) => existsSync(resultsOf(suite)));
  return tablePage(there.map((suite) => ({ suite, rows: JSON.parse(readFileSync(resultsOf(suite), "utf8")) })));
}

export function writeTable() {
  writeFileSync(TABLE, currentPage());
}
