const LOG_ROOT_2_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * The logarithm of the expected improvement on `lowest` of a value that is normally distributed: log(σ (φ(z) + z Φ(z))) with z = (lowest − mean) / σ.
 * As a logarithm it still tells apart points whose improvement is below what a number holds, of which there are many once good trials are known.
 *
 * Sources: Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box Functions", 1998, equation 15; Ament et al., arXiv 2310.20708.
 */
export function logExpectedImprovement(mean: number, deviation: number, lowest: number): number {
  if (deviation === 0) return Math.log(Math.max(lowest - mean, 0));
  const z = (lowest - mean) / deviation;
  return Math.log(deviation) + logImprovement(z);
}

/** log(φ(z) + z Φ(z)). */
function logImprovement(z: number): number {
  const logDensity = -0.5 * z * z - LOG_ROOT_2_PI;
  if (z > -1) return Math.log(Math.exp(logDensity) + z * normalCumulative(z));
  // φ(z) (1 − |z| Φ(z) / φ(z)); far out the bracket is 1 / z², which the difference cannot tell from 0.
  return logDensity + (z < -1e5 ? -2 * Math.log(-z) : Math.log(1 + z * tailRatio(-z)));
}

/** Φ(z): near 0 by its series (Abramowitz and Stegun 26.2.10 and 26.2.11), elsewhere by the tail. */
export function normalCumulative(z: number): number {
  const density = Math.exp(-0.5 * z * z - LOG_ROOT_2_PI);
  if (z > 3) return 1 - density * tailRatio(z);
  if (z < -3) return density * tailRatio(-z);
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** (1 − Φ(t)) / φ(t) for t from 1 on, by Laplace's continued fraction (Abramowitz and Stegun 26.2.14), of which fewer terms count the farther out. */
function tailRatio(t: number): number {
  let denominator = t;
  for (let k = Math.min(200, 10 + Math.ceil(250 / (t * t))); k > 0; k--) denominator = t + k / denominator;
  return 1 / denominator;
}
