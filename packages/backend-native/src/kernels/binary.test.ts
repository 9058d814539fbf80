import type { Random } from "@rsdix/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, bools, type Closeness, cases, compare, floats, type Given, ints, randomShape } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";

const FLOATS = ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "Pow"];
const INTS = ["Add", "Sub", "Multiply", "Maximum", "Minimum", "SquaredDifference"];
const COMPARISONS = ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"];

/** The stock kernels compute in double and round once: nothing but pow may differ by more than the last bit. */
const CLOSE: Closeness = { rtol: 1e-5, atol: 1e-38 };

/** Two shapes that broadcast to one. */
function broadcasting(random: Random): [number[], number[]] {
  const shape = randomShape(random);
  const narrowed = () => {
    const narrow = shape.map((side) => (random.int(4) === 0 ? 1 : side));
    return random.int(3) === 0 ? narrow.slice(random.int(shape.length + 1)) : narrow;
  };
  switch (random.int(4)) {
    case 0:
      return [shape, shape];
    case 1:
      return [shape, narrowed()];
    case 2:
      return [narrowed(), shape];
    default:
      return [narrowed(), narrowed()];
  }
}

const EXTREMES = Int32Array.from([0, 1, -1, 2147483647, -2147483648, 65536, -65537, 123456789, -987654321]);

describe.runIf(nativeAvailable)("functions of two numbers on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it.each([...FLOATS, ...COMPARISONS])("%s of float32 on 100 random pairs of shapes", (name) => {
    cases(name, 100, (random) => {
      const [a, b] = broadcasting(random);
      compare(name, { a: floats(random, a), b: floats(random, b) }, {}, CLOSE);
    });
  });

  it.each([...INTS, ...COMPARISONS])("%s of int32 on 100 random pairs of shapes", (name) => {
    cases(name, 100, (random) => {
      const [a, b] = broadcasting(random);
      const wide = random.int(2) === 0 ? 2147483648 : 4;
      compare(name, { a: ints(random, a, -wide, wide), b: ints(random, b, -wide, wide) });
    });
  });

  it.each([...INTS, ...COMPARISONS])("%s wraps and compares the largest int32 as JavaScript does", (name) => {
    const a: Given = { shape: [EXTREMES.length, 1], dtype: "int32", values: EXTREMES };
    compare(name, { a, b: { shape: [EXTREMES.length], dtype: "int32", values: EXTREMES } });
  });

  it.each([...FLOATS, ...COMPARISONS])("%s of NaN, infinities and zeros with each other", (name) => {
    const values = Float32Array.from([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -0,
      1,
      -1,
      0.5,
      -2,
      3,
      1e-40,
      3e38,
    ]);
    const a: Given = { shape: [values.length, 1], dtype: "float32", values };
    compare(name, { a, b: { shape: [values.length], dtype: "float32", values } }, {}, CLOSE);
  });

  it.each([
    { a: [70_000], b: [70_000] },
    { a: [300, 300], b: [300] },
    { a: [300, 300], b: [300, 1] },
    { a: [1], b: [100, 1000] },
    { a: [40, 1, 50], b: [1, 60, 50] },
    { a: [2, 80_000], b: [2, 1] },
  ])("%j on every thread", ({ a, b }) => {
    cases(`${a}${b}`, 1, (random) => {
      for (const name of ["Add", "Pow", "Less"]) compare(name, { a: floats(random, a), b: floats(random, b) }, {}, CLOSE);
    });
  });

  it.each([2, 3])("raises to the power of %d", (exponent) => {
    cases(`power${exponent}`, 20, (random) => {
      const b: Given = { shape: random.int(2) ? [] : [1, 1], dtype: "float32", values: Float32Array.of(exponent) };
      compare("Pow", { a: floats(random, randomShape(random)), b }, {}, CLOSE);
    });
  });

  it("combines short rows with many", () => {
    cases("short", 40, (random) => {
      const n = 1 + random.int(34);
      const [many, one] = [floats(random, [300 + random.int(300), n]), floats(random, [n])];
      for (const name of ["Sub", "Multiply", "Less"]) {
        compare(name, { a: many, b: one }, {}, CLOSE);
        compare(name, { a: one, b: many }, {}, CLOSE);
      }
    });
  });

  it("Prelu on 100 random shapes", () => {
    cases("Prelu", 100, (random) => {
      const [x, alpha] = broadcasting(random);
      compare("Prelu", { x: floats(random, x), alpha: floats(random, alpha) }, {}, CLOSE);
    });
  });

  it("AddN on 100 random lists", () => {
    cases("AddN", 100, (random) => {
      const shape = randomShape(random);
      const terms = Array.from({ length: 1 + random.int(5) }, () => floats(random, shape));
      compare("AddN", terms, {}, { rtol: 1e-5, atol: 1e-6 });
    });
  });

  it("IsNan on 40 random shapes", () => {
    cases("IsNan", 40, (random) => compare("IsNan", { x: floats(random, randomShape(random)) }));
  });

  it("Select on 150 random shapes, and rows by a list of conditions", () => {
    cases("Select", 150, (random) => {
      const shape = randomShape(random);
      const of = random.int(3) === 0 ? ints : floats;
      compare("Select", { condition: bools(random, shape), t: of(random, shape), e: of(random, shape) });
    });
    cases("Select", 5, (random) => {
      const inputs = { condition: bools(random, [4]), t: floats(random, [4, 3]), e: floats(random, [4, 3]) };
      compare("Select", inputs, {}, { mayFallThrough: true });
    });
  });

  it("refuses shapes that do not broadcast, as the stock kernel does", () => {
    cases("wrong", 1, (random) => compare("Add", { a: floats(random, [2, 3]), b: floats(random, [4]) }));
  });

  it("leaves mixed types to the stock kernel", () => {
    cases("mixed", 1, (random) => {
      compare("Add", { a: floats(random, [3]), b: ints(random, [3]) }, {}, { mayFallThrough: true });
      compare("Equal", { a: bools(random, [5]), b: bools(random, [5]) }, {}, { mayFallThrough: true });
    });
    expect(INTS).not.toContain("RealDiv");
  });
});
