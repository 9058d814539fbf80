import { describe, expect, it } from "vitest";
import { checkOptions, checkRange, checkRank, type RsdixError, show } from "./index";

/** What a call throws, as code and message. */
function thrown(call: () => void): string {
  try {
    call();
  } catch (error) {
    const { name, code, message } = error as RsdixError;
    return `${name} ${code}: ${message}`;
  }
  return "nothing";
}

const tensor = { shape: [2, 3], isDisposed: false, dataSync: () => 0 };
const bare = Object.create(null);

describe("show", () => {
  it("never throws, and tells kinds of objects apart", () => {
    expect([null, undefined, Symbol("s"), 1n, "x", bare, [], Promise.resolve()].map(show)).toEqual([
      ...["null", "undefined", "Symbol(s)", "1", "x"],
      ...["[object Object]", "[object Array]", "[object Promise]"],
    ]);
  });
});

describe("checkRank", () => {
  it("takes a tensor of the rank, and nothing else", () => {
    expect(thrown(() => checkRank(tensor, 2, "x", "[n, d]"))).toBe("nothing");
    const says = (got: string) => `RsdixError SHAPE_MISMATCH: x must be a tensor of shape [n, d], got ${got}.`;
    for (const [value, got] of [
      [{ ...tensor, shape: [2] }, "shape [2]"],
      [{ ...tensor, isDisposed: true }, "shape [2, 3], disposed"],
      [{ shape: [2, 3] }, "[object Object]"],
      [null, "null"],
      [undefined, "undefined"],
      [bare, "[object Object]"],
    ] as const) {
      expect(thrown(() => checkRank(value as never, 2, "x", "[n, d]"))).toBe(says(got));
    }
  });
});

describe("checkRange", () => {
  it("takes what float32 holds, within the bounds", () => {
    for (const value of [0, -1e-3, 3e38, -3e38]) expect(thrown(() => checkRange(value, "x", {}))).toBe("nothing");
    const says = (rest: string) => `RsdixError INVALID_ARGUMENT: x must be ${rest}.`;
    for (const value of [1e300, -1e300, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => checkRange(value, "x", {}))).toBe(says(`a finite number, got ${value}, beyond float32`));
    }
    for (const value of [Number.NaN, null, undefined, "1", Symbol("s"), 1n]) {
      expect(thrown(() => checkRange(value, "x", {}))).toBe(says(`a finite number, got ${String(value)}`));
    }
    expect(thrown(() => checkRange(bare, "x", {}))).toBe(says("a finite number, got [object Object]"));
    expect(thrown(() => checkRange(2, "x", { min: 0, max: 1 }))).toBe(says("a finite number at least 0 and at most 1, got 2"));
    expect(thrown(() => checkRange(1.5, "x", { min: 1, integer: true }))).toBe(says("a whole number at least 1, got 1.5"));
  });
});

describe("checkOptions", () => {
  it("returns what was given, and an empty object where nothing was", () => {
    const given = { a: 1 };
    expect(checkOptions(given, ["a"], "f")).toBe(given);
    expect(checkOptions(undefined, ["a"], "f")).toEqual({});
    expect(checkOptions(bare, ["a"], "f")).toBe(bare);
  });

  it("refuses what is no object, and keys that nobody reads", () => {
    for (const value of [null, 5, "x", [], () => 1, Promise.resolve()]) {
      const end = `must be an object of a, b, got ${show(value)}.`;
      expect(thrown(() => checkOptions(value as never, ["a", "b"], "f"))).toBe(`RsdixError INVALID_ARGUMENT: f's options ${end}`);
      expect(thrown(() => checkOptions(value as never, ["a", "b"], "f's part"))).toBe(`RsdixError INVALID_ARGUMENT: f's part ${end}`);
    }
    expect(thrown(() => checkOptions({ c: 1 }, ["a", "b"], "f"))).toBe('RsdixError UNKNOWN_OPTION: f has no option "c". It takes: a, b.');
  });
});
