import { beforeAll, describe, expect, it } from "vitest";
import { backends } from "../test/stock";
import { nativeAvailable } from "../test/test-support";
import type { Addon } from "./addon";

const f = (length: number) => new Float32Array(length);
const i = (length: number) => new Int32Array(length);
const u = (length: number) => new Uint8Array(length);
const d = (...values: number[]) => Float64Array.from(values);

/** Sizes that are none, or whose product does not fit. */
const ABSURD = [
  -1,
  0.5,
  1e6,
  2 ** 31,
  2 ** 32,
  2 ** 48,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 49,
  2 ** 53,
  "4",
  undefined,
  null,
  {},
  4n,
];

/** Calls that are right, as functions of nothing: each argument is then spoilt in turn. */
const CALLS: Record<string, unknown[]> = {
  unary: [3, f(4), f(4), 4, 0, 0],
  binary: [0, f(4), f(4), f(4), 4, 1, 1],
  binaryBroadcast: [0, f(4), f(2), f(4), 2, d(2, 2, 2, 1, 0, 1)],
  select: [u(4), f(4), i(4), f(4), 4],
  reduce: [0, f(24), f(8), 2, 3, 4, 1],
  argReduce: [1, f(24), i(8), 2, 3, 4],
  stridedCopy: [f(6), 0, f(6), 0, 2, d(2, 3, 1, 2, 3, 1)],
  gather: [f(12), i(2), f(6), 1, 1, 4, 2, 3],
  segmentSum: [f(12), i(4), f(6), 4, 2, 3],
  product: [f(6), f(6), f(4), false, false, 2, 2, 3, 1, 0, 0],
};

describe.runIf(nativeAvailable)("the addon's boundary", () => {
  let addon: Record<string, (...args: unknown[]) => unknown>;

  beforeAll(async () => {
    addon = (await backends()).native.addon as Addon as never;
  });

  const call = (name: string, args: unknown[]) => () => addon[name]!(...args);
  const spoilt = (args: unknown[], at: number, value: unknown) => args.map((argument, n) => (n === at ? value : argument));

  it.each(Object.entries(CALLS))("%s takes what it should", (name, args) => {
    expect(call(name, args)).not.toThrow();
  });

  it.each(Object.entries(CALLS))(
    "%s refuses arrays that are too short, empty, detached or of another type, and what is no array",
    (name, args) => {
      args.forEach((argument, at) => {
        if (!ArrayBuffer.isView(argument)) return;
        const array = argument as Float32Array;
        const detached = array.slice();
        structuredClone(detached, { transfer: [detached.buffer] });
        const wrong = [
          array.slice(0, -1),
          array.slice(0, 0),
          detached,
          new Float64Array(array.length - 1),
          new Int16Array(array.length),
          new Uint8ClampedArray(array.length),
          Array.from(array),
          { length: array.length },
          new DataView(new ArrayBuffer(64)),
          array.buffer,
          null,
          undefined,
          7,
          "array",
        ];
        for (const [n, value] of wrong.entries()) {
          expect(call(name, spoilt(args, at, value)), `argument ${at}, case ${n}`).toThrow(/rsdix native/);
        }
      });
    },
  );

  it.each(Object.entries(CALLS))("%s refuses absurd sizes, strange numbers and missing arguments", (name, args) => {
    args.forEach((argument, at) => {
      if (typeof argument !== "number") return;
      const parameter = (name === "unary" && at >= 4) || (name === "reduce" && at === 6);
      for (const value of parameter ? ["4", undefined, null, {}, 4n] : ABSURD) {
        expect(call(name, spoilt(args, at, value)), `argument ${at}: ${String(value)}`).toThrow(/rsdix native/);
      }
    });
    for (let count = 0; count < args.length; count++)
      expect(call(name, args.slice(0, count)), `${count} arguments`).toThrow(/rsdix native/);
  });

  it("refuses sizes whose product wraps to a small number", () => {
    expect(call("reduce", [0, f(16), f(16), 2 ** 32, 2 ** 32, 1, 1])).toThrow(/too large/);
    expect(call("gather", [f(16), i(16), f(16), 2 ** 32, 2 ** 32, 1, 1, 1])).toThrow(/too large/);
    expect(call("segmentSum", [f(0), i(0), f(16), 0, 2 ** 40, 2 ** 40])).toThrow(/too large/);
    expect(call("stridedCopy", [f(16), 0, f(16), 0, 2, d(2 ** 40, 2 ** 40, 1, 1, 1, 1)])).toThrow(/too large/);
    expect(call("binaryBroadcast", [0, f(16), f(16), f(16), 2, d(2 ** 40, 2 ** 40, 0, 0, 0, 0)])).toThrow(/too large/);
  });

  it.each([
    { lists: d(2, 3, 2, 3, 3, 1), why: "a row beyond the end of x" },
    { lists: d(2, 3, 1, 2, 4, 1), why: "a row beyond the end of y" },
    { lists: d(2, 3, -1, 2, 3, 1), why: "a row before x" },
    { lists: d(2, 3, 1, 2, -3, 1), why: "a row before y" },
    { lists: d(2, 3, 1, 2 ** 48, 3, 1), why: "a stride beyond everything" },
    { lists: d(2, 3, 1, -(2 ** 48), 3, 1), why: "a stride before everything" },
    { lists: d(-2, 3, 1, 2, 3, 1), why: "a negative size" },
    { lists: d(2, 3.5, 1, 2, 3, 1), why: "half an index" },
    { lists: d(2, Number.NaN, 1, 2, 3, 1), why: "a size that is no number" },
    { lists: d(2, 3, 1, Number.POSITIVE_INFINITY, 3, 1), why: "an infinite stride" },
  ])("refuses to copy to $why", ({ lists }) => {
    expect(call("stridedCopy", [f(6), 0, f(6), 0, 2, lists])).toThrow(/rsdix native/);
  });

  it.each([
    { lists: d(2, 2, 2, 2, 0, 1), why: "a last stride of two" },
    { lists: d(2, 2, -2, 1, 0, 1), why: "a negative stride" },
    { lists: d(2, 2, 3, 1, 0, 1), why: "a row beyond the end of a" },
    { lists: d(2, 2, 2, 1, 1, 1), why: "a row beyond the end of b" },
    { lists: d(2, 3, 2, 1, 0, 1), why: "a result that is too long" },
  ])("refuses to broadcast with $why", ({ lists }) => {
    expect(call("binaryBroadcast", [0, f(4), f(2), f(4), 2, lists])).toThrow(/rsdix native/);
  });

  it("refuses offsets outside, and does nothing where there is nothing to copy", () => {
    expect(call("stridedCopy", [f(6), 1, f(6), 0, 1, d(6, 1, 1)])).toThrow(/lead out/);
    expect(call("stridedCopy", [f(6), 0, f(6), 7, 1, d(1, 1, 1)])).toThrow(/lead out/);
    expect(call("stridedCopy", [f(0), 9, f(0), 9, 1, d(0, 1, 1)])).not.toThrow();
  });

  it("refuses indices outside, wherever a thread meets them", () => {
    const indices = i(50_000);
    indices[49_999] = 4;
    expect(call("gather", [f(12), indices, f(150_000), 1, 1, 4, 50_000, 3])).toThrow(/not in \[0, 3\]/);
    indices[49_999] = -2147483648;
    expect(call("gather", [f(12), indices, f(150_000), 1, 1, 4, 50_000, 3])).toThrow(/not in \[0, 3\]/);
  });

  it("leaves out segments that are none", () => {
    const y = f(6);
    addon.segmentSum!(f(12).fill(1), Int32Array.of(-2147483648, 2147483647, 2, 1), y, 4, 2, 3);
    expect([...y]).toEqual([0, 0, 0, 1, 1, 1]);
  });
});
