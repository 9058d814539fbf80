import { expect, it } from "vitest";
import { row, withNew } from "../bench/rows.mjs";

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

it("new rows take the place of those of the same name, peer, backend and kernels, and others come last", () => {
  const earlier = [of("a"), of("b"), of("b", { backend: "wasm" }), of("b", { spread: { kernels: { ours: "Haswell", peer: "" } } })];
  const measured = { ...of("b"), ours: 1 };
  const added = of("b", { peerName: "another" });
  expect(withNew(earlier, [measured, added])).toEqual([earlier[0], measured, earlier[2], earlier[3], added]);
});

it("a newer version of a peer takes the place of an older one, and of no other peer", () => {
  const earlier = [
    of("a", { peerName: "PyTorch 2.15.0 eager" }),
    of("a", { peerName: "PyTorch 2.15.0 compiled" }),
    of("a", { peerName: "N=4096" }),
  ];
  const [newer, larger] = [of("a", { peerName: "PyTorch 2.16.1 eager" }), of("a", { peerName: "N=8192" })];
  expect(withNew(earlier, [newer, larger])).toEqual([newer, earlier[1], earlier[2], larger]);
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
