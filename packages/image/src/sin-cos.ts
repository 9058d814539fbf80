// Half of pi in two parts, the first short enough for exact products with the few quarters there are.
const QUARTER = 1.5707963267341256;
const QUARTER_REST = 6.077100506506192e-11;

/**
 * Sine and cosine of an angle from 0 to 360 degrees to 15 decimals, as Pillow has them, and the same on every machine: the language
 * leaves the last bit of `Math.sin` to the engine, and a bit can move a pixel; sums, products and `toFixed` are exact everywhere.
 */
export function sinCos(degrees: number): { readonly sin: number; readonly cos: number } {
  const quarter = Math.round(degrees / 90);
  // The radians are rounded first, as Pillow does it: at 45 degrees the 15th decimal of the sine depends on that.
  const x = degrees * (Math.PI / 180) - quarter * QUARTER - quarter * QUARTER_REST; // within pi / 4, where the series are short
  const square = x * x;
  let sine = 0; // of x, less x
  for (let n = 18; n > 0; n -= 2) sine = (-square / (n * (n + 1))) * (1 + sine);
  let cosine = 0; // of x, less 1
  for (let n = 17; n > 0; n -= 2) cosine = (-square / (n * (n + 1))) * (1 + cosine);
  const sin = round15(x + x * sine);
  const cos = round15(1 + cosine);
  switch (quarter % 4) {
    case 1:
      return { sin: cos, cos: 0 - sin };
    case 2:
      return { sin: 0 - sin, cos: 0 - cos };
    case 3:
      return { sin: 0 - cos, cos: sin };
    default:
      return { sin, cos };
  }
}

function round15(value: number): number {
  return Number(value.toFixed(15)) + 0; // never -0
}
