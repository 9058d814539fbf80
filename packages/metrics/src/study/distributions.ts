// Tails of Student's t and of the normal distribution to 12 digits, however far out: p-values are compared with one another.

/** More than any continued fraction here needs: about the square root of its larger parameter, plus some tens. */
const MAX_STEPS = 100_000;
const TINY = 1e-300;
const EPSILON = 1e-16;

/** P(T > t) of Student's t with `df` > 0 degrees of freedom. */
export function studentTail(t: number, df: number): number {
  if (t < 0) return 1 - studentTail(-t, df);
  const square = t * t;
  if (!Number.isFinite(square)) return 0;
  // Half of I_x(df/2, 1/2), the regularised incomplete beta function, with x = df / (df + t²).
  const a = df / 2;
  const rest = square / (df + square); // 1 - x
  const front = Math.exp(-a * Math.log1p(square / df) - logBetaHalf(a)) * Math.sqrt(rest);
  const x = df / (df + square);
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction(a, 0.5, x)) / a / 2;
  return 0.5 - front * betaFraction(0.5, a, rest);
}

/** The continued fraction of the incomplete beta function, by Lentz's method. @see https://dlmf.nist.gov/8.17#v */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** ln B(a, 1/2). */
function logBetaHalf(a: number): number {
  return logGammaHalfStep(a) + Math.log(Math.PI) / 2;
}

/** ln Γ(a) - ln Γ(a + 1/2), without the cancellation of two large logarithms. */
export function logGammaHalfStep(a: number): number {
  if (a < 10) return logGammaHalfStep(a + 1) + Math.log((a + 0.5) / a);
  return 0.5 - a * Math.log1p(0.5 / a) - Math.log(a) / 2 + stirlingRest(a) - stirlingRest(a + 0.5);
}

/** What Stirling's formula of ln Γ(x) leaves, for x >= 10. @see https://dlmf.nist.gov/5.11#E1 */
function stirlingRest(x: number): number {
  const s = 1 / (x * x);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - (s * 691) / 360_360))))) / x;
}

/** Beyond this the series of the normal distribution loses digits, and the continued fraction is short. */
const SERIES_UP_TO = 2.5;

/** P(Z > z) of the standard normal distribution. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z <= SERIES_UP_TO) {
    let term = z;
    let sum = z;
    for (let k = 3; term > EPSILON * sum; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // Mills' ratio: 1 / (z + 1 / (z + 2 / (z + 3 / (z + ...)))), from behind; 200 levels are enough from 2.5 on.
  let fraction = z;
  for (let k = 200; k >= 1; k--) fraction = z + k / fraction;
  return density / fraction;
}

/** The z with P(Z <= z) = p, for 0 < p < 1; by bisection, as it is asked for a few times only. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [-40, 0];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (normalTail(-middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
