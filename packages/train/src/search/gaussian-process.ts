import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** What the kernel is made of: how far values vary, over which distance in each parameter, and how much of them is noise. */
export interface Hyperparameters {
  readonly signalVariance: number;
  /** One for each group of columns. */
  readonly lengthScales: readonly number[];
  readonly noiseVariance: number;
}

/** Points `[n][columns]`, their values, and which group (from 0) each column belongs to. */
export interface Observations {
  readonly points: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly groups: readonly number[];
}

/** The normal distribution of the value at each point, without the noise. */
export interface Prediction {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

const ROOT_5 = Math.sqrt(5);

/**
 * Gaussian process regression with the Matérn 5/2 kernel, a length scale for each group of columns, and mean zero.
 *
 * With r² = Σ_g (distance in g / lengthScale_g)²: k(r) = signalVariance · (1 + √5 r + 5 r² / 3) · exp(−√5 r), and the noise on the diagonal.
 *
 * Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, algorithm 2.1 and equations 4.17 and 5.9.
 */
export class GaussianProcess {
  private readonly cholesky: CholeskyDecomposition;
  /** K⁻¹ y, `[n]`; zeros where K cannot be told from a singular matrix. */
  private readonly weights: Float64Array;
  /** √5 r and exp(−√5 r) of the points i and j ≤ i, at i · n + j. */
  private readonly radii: Float64Array;
  private readonly decays: Float64Array;
  /** The triangle L of K = L Lᵀ, row-major `[n, n]`. */
  private readonly triangle: Float64Array;

  constructor(
    private readonly data: Observations,
    private readonly parameters: Hyperparameters,
    /** Of the points with themselves, where the caller has them already. */
    private readonly distances: readonly Float64Array[] = squaredDistances(data.points, data.points, data.groups),
  ) {
    const n = data.points.length;
    const { signalVariance, noiseVariance } = parameters;
    this.radii = scaledRadii(distances, parameters.lengthScales, n * n);
    this.decays = new Float64Array(n * n);
    const kernel = Matrix.zeros(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const r = this.radii[i * n + j]!;
        const decay = Math.exp(-r);
        this.decays[i * n + j] = decay;
        const value = signalVariance * (1 + r + (r * r) / 3) * decay;
        kernel.set(i, j, i === j ? value + noiseVariance : value);
        kernel.set(j, i, kernel.get(i, j));
      }
    }
    this.cholesky = new CholeskyDecomposition(kernel);
    this.triangle = new Float64Array(this.cholesky.lowerTriangularMatrix.to1DArray());
    const solved = this.cholesky.isPositiveDefinite() ? this.cholesky.solve(Matrix.columnVector([...data.values])) : Matrix.zeros(n, 1);
    this.weights = new Float64Array(solved.to1DArray());
  }

  /** log p(values | points); −∞ where the kernel cannot be told from a singular one. */
  logMarginalLikelihood(): number {
    if (!this.cholesky.isPositiveDefinite()) return Number.NEGATIVE_INFINITY;
    const { values } = this.data;
    const n = values.length;
    let sum = -0.5 * n * Math.log(2 * Math.PI);
    for (const [i, value] of values.entries()) sum -= 0.5 * value * this.weights[i]! + Math.log(this.triangle[i * n + i]!);
    return sum;
  }

  /** The likelihood's gradient by the logarithms of the signal variance, of each length scale, and of the noise variance, in this order. */
  gradient(): number[] {
    const { signalVariance, lengthScales, noiseVariance } = this.parameters;
    const { radii, decays, weights, distances } = this;
    const n = this.data.points.length;
    const gradient = new Array<number>(lengthScales.length + 2).fill(0);
    if (!this.cholesky.isPositiveDefinite()) return gradient;
    const inverse = this.invertedTriangle();
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let entry = 0; // of K⁻¹ = L⁻ᵀ L⁻¹
        for (let k = i; k < n; k++) entry += inverse[i * n + k]! * inverse[j * n + k]!;
        const at = i * n + j;
        const twice = i === j ? 0.5 : 1; // both halves of what is symmetric
        const outer = twice * (weights[i]! * weights[j]! - entry);
        const r = radii[at]!;
        const decay = outer * signalVariance * decays[at]!;
        gradient[0]! += decay * (1 + r + (r * r) / 3);
        const slope = (5 / 3) * decay * (1 + r);
        for (let g = 0; g < distances.length; g++) gradient[g + 1]! += slope * distances[g]![at]!;
        if (i === j) gradient[lengthScales.length + 1]! += outer * noiseVariance;
      }
    }
    for (const [g, scale] of lengthScales.entries()) gradient[g + 1]! /= scale ** 2;
    return gradient;
  }

  /** Mean and standard deviation at each of the points `[m][columns]`; where the kernel cannot be told from a singular one, those of no points at all. */
  predict(points: readonly (readonly number[])[]): Prediction {
    const { signalVariance, lengthScales } = this.parameters;
    const n = this.data.points.length;
    const { triangle, weights } = this;
    const known = this.cholesky.isPositiveDefinite() ? n : 0;
    const radii = scaledRadii(squaredDistances(points, this.data.points, this.data.groups), lengthScales, points.length * n);
    const solved = new Float64Array(n); // L⁻¹ k of a point
    const means: number[] = [];
    const deviations: number[] = [];
    for (let point = 0; point < points.length; point++) {
      let mean = 0;
      let explained = 0;
      for (let i = 0; i < known; i++) {
        const r = radii[point * n + i]!;
        const kernel = signalVariance * (1 + r + (r * r) / 3) * Math.exp(-r);
        let rest = kernel;
        for (let j = 0; j < i; j++) rest -= triangle[i * n + j]! * solved[j]!;
        const value = rest / triangle[i * n + i]!;
        solved[i] = value;
        mean += kernel * weights[i]!;
        explained += value * value;
      }
      means.push(mean);
      deviations.push(Math.sqrt(Math.max(0, signalVariance - explained)));
    }
    return { means, deviations };
  }

  /** L⁻ᵀ, row-major `[n, n]`: half of it is zeros, which solving for K⁻¹ as a whole would not use. */
  private invertedTriangle(): Float64Array {
    const n = this.data.points.length;
    const { triangle } = this;
    const inverse = new Float64Array(n * n);
    for (let j = 0; j < n; j++) {
      inverse[j * n + j] = 1 / triangle[j * n + j]!;
      for (let i = j + 1; i < n; i++) {
        let sum = 0;
        for (let k = j; k < i; k++) sum += triangle[i * n + k]! * inverse[j * n + k]!;
        inverse[j * n + i] = -sum / triangle[i * n + i]!;
      }
    }
    return inverse;
  }
}

/** For each group of columns, the squared distances of the points a `[n][columns]` from b `[m][columns]`, row-major `[n, m]`. */
export function squaredDistances(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  groups: readonly number[],
): readonly Float64Array[] {
  const distances = Array.from({ length: Math.max(-1, ...groups) + 1 }, () => new Float64Array(a.length * b.length));
  for (const [column, group] of groups.entries()) {
    const sum = distances[group]!;
    const to = Float64Array.from(b, (point) => point[column]!);
    for (let i = 0; i < a.length; i++) {
      const from = a[i]![column]!;
      for (let j = 0; j < to.length; j++) sum[i * to.length + j]! += (from - to[j]!) ** 2;
    }
  }
  return distances;
}

/** √5 r of each of `count` pairs. */
function scaledRadii(distances: readonly Float64Array[], lengthScales: readonly number[], count: number): Float64Array {
  const sum = new Float64Array(count);
  for (const [g, distance] of distances.entries()) {
    const factor = 1 / lengthScales[g]! ** 2;
    for (let i = 0; i < count; i++) sum[i]! += distance[i]! * factor;
  }
  for (let i = 0; i < count; i++) sum[i] = ROOT_5 * Math.sqrt(sum[i]!);
  return sum;
}
