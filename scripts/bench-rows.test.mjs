import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isThisMachine, machine } from "../bench/machine.mjs";
import { key, row, withNew } from "../bench/rows.mjs";

const of = (name, given = {}) => row(name, "s", [2], [3], { peerName: "the peer", backend: "native", ...given });

it("a row has medians, a ratio above 1 where ours is better, and how far rounds went", () => {
  const times = row("step", "ms", [4, 1, 2], [4, 3, 4], { peerName: "the peer", backend: "wasm" });
  expect(times).toMatchObject({ name: "step", unit: "ms", ours: 2, peer: 4, ratio: 2, runs: 3, backend: "wasm", peerName: "the peer" });
  expect(times.spread).toEqual({ ours: { min: 1, max: 4 }, peer: { min: 3, max: 4 }, ratio: { min: 1, max: 3, median: 2 } });
  expect(row("speed", "images/s", [6], [4], { peerName: "the peer", backend: "wasm", higher: true })).toMatchObject({
    ratio: 1.5,
    spread: {},
  });
});

it("a row says what it was measured on: this machine and its threads, unless it is told something else", () => {
  expect(of("a").machine).toMatch(/ cores, \d+ GB, Node [\d.]+, 2 threads$/);
  expect(of("a", { machine: "a card" }).machine).toBe("a card");
});

it("a row is of this machine where it has its processor and its cores, with whichever Node and memory it was measured", () => {
  const here = machine();
  expect(isThisMachine(`${here}, 2 threads`)).toBe(true);
  expect(isThisMachine(here.replace(/\d+ GB, Node .*/, "1 GB, Node 18.0.0"))).toBe(true);
  expect(isThisMachine(here.replace(/(\d+) cores/, "1$1 cores"))).toBe(false);
  expect(isThisMachine(`Another ${here}`)).toBe(false);
});

it("new rows take the place of those of the same name, peer, backend and kernels, and others come last", () => {
  const earlier = [of("a"), of("b"), of("b", { backend: "wasm" }), of("b", { spread: { kernels: { ours: "Haswell", peer: "" } } })];
  const measured = { ...of("b"), ours: 1 };
  const added = of("b", { peerName: "another" });
  expect(withNew(earlier, [measured, added])).toEqual([earlier[0], measured, earlier[2], earlier[3], added]);
});

it("a newer peer's row takes the place of the older one's, and a row beside another way of the same peer does not", () => {
  const beside = (peerName) => of("a", { peerName });
  const earlier = [beside("PyTorch 2.15.0 eager, as shipped"), beside("PyTorch 2.15.0 eager, its MKL on AVX-512 kernels")];
  const newer = beside("PyTorch 2.16.1 eager, as shipped");
  expect(withNew(earlier, [newer])).toEqual([newer, earlier[1]]);
});

it("no two rows of a file of results are known by the same", () => {
  const folder = new URL("../bench/results/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  expect(files.length).toBeGreaterThan(8);
  for (const file of files) {
    const keys = JSON.parse(readFileSync(new URL(file, folder), "utf8")).map(key);
    expect(
      keys.filter((each, i) => keys.indexOf(each) !== i),
      file,
    ).toEqual([]);
  }
});

it("rows are ordered as a suite says, and among equals as they came", () => {
  const rows = [of("c"), of("a"), of("a", { backend: "wasm" })];
  const place = ({ name }) => "abc".indexOf(name);
  expect(withNew(rows, [of("b")], place).map(({ name, backend }) => `${name} ${backend}`)).toEqual([
    "a native",
    "a wasm",
    "b native",
    "c native",
  ]);
});
