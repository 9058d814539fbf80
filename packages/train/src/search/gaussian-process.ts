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
  /** K⁻¹ y, `[n, 1]`. */
  private readonly weights: Matrix;
  private readonly scaled: Matrix;

  constructor(
    private readonly data: Observations,
    private readonly parameters: Hyperparameters,
    /** Of the points with themselves, where the caller has them already. */
    private readonly distances: readonly Matrix[] = squaredDistances(data.points, data.points, data.groups),
  ) {
    const n = data.points.length;
    this.scaled = scaledDistances(this.distances, parameters.lengthScales, n, n);
    const kernel = matern(this.scaled, parameters.signalVariance);
    for (let i = 0; i < n; i++) kernel.set(i, i, kernel.get(i, i) + parameters.noiseVariance);
    this.cholesky = new CholeskyDecomposition(kernel);
    this.weights = this.cholesky.isPositiveDefinite() ? this.cholesky.solve(Matrix.columnVector([...data.values])) : Matrix.zeros(n, 1);
  }

  /** log p(values | points); −∞ where the kernel cannot be told from a singular one. */
  logMarginalLikelihood(): number {
    if (!this.cholesky.isPositiveDefinite()) return Number.NEGATIVE_INFINITY;
    const { values } = this.data;
    const triangle = this.cholesky.lowerTriangularMatrix;
    let sum = -0.5 * values.length * Math.log(2 * Math.PI);
    for (const [i, value] of values.entries()) sum -= 0.5 * value * this.weights.get(i, 0) + Math.log(triangle.get(i, i));
    return sum;
  }

  /** The likelihood's gradient by the logarithms of the signal variance, of each length scale, and of the noise variance, in this order. */
  gradient(): number[] {
    const { signalVariance, lengthScales, noiseVariance } = this.parameters;
    const n = this.data.points.length;
    const gradient = new Array<number>(lengthScales.length + 2).fill(0);
    if (!this.cholesky.isPositiveDefinite()) return gradient;
    const inverse = this.cholesky.solve(Matrix.eye(n));
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const twice = i === j ? 0.5 : 1; // both halves of what is symmetric
        const outer = twice * (this.weights.get(i, 0) * this.weights.get(j, 0) - inverse.get(i, j));
        const r = Math.sqrt(5 * this.scaled.get(i, j));
        const decay = outer * signalVariance * Math.exp(-r);
        gradient[0]! += decay * (1 + r + (r * r) / 3);
        const slope = (5 / 3) * decay * (1 + r);
        for (const [g, distance] of this.distances.entries()) gradient[g + 1]! += (slope * distance.get(i, j)) / lengthScales[g]! ** 2;
        if (i === j) gradient[lengthScales.length + 1]! += outer * noiseVariance;
      }
    }
    return gradient;
  }

  /** Mean and standard deviation at each of the points `[m][columns]`. */
  predict(points: readonly (readonly number[])[]): Prediction {
    const { signalVariance, lengthScales } = this.parameters;
    const known = this.data.points;
    const distances = squaredDistances(known, points, this.data.groups);
    const kernel = matern(scaledDistances(distances, lengthScales, known.length, points.length), signalVariance);
    const solved = this.cholesky.solve(kernel);
    const means = new Array<number>(points.length).fill(0);
    const explained = new Array<number>(points.length).fill(0);
    for (let i = 0; i < known.length; i++) {
      const weight = this.weights.get(i, 0);
      for (let j = 0; j < points.length; j++) {
        means[j]! += kernel.get(i, j) * weight;
        explained[j]! += kernel.get(i, j) * solved.get(i, j);
      }
    }
    return { means, deviations: explained.map((part) => Math.sqrt(Math.max(0, signalVariance - part))) };
  }
}

/** For each group of columns, the squared distances of the points a `[n][columns]` from b `[m][columns]`. */
export function squaredDistances(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  groups: readonly number[],
): readonly Matrix[] {
  const distances = Array.from({ length: Math.max(-1, ...groups) + 1 }, () => Matrix.zeros(a.length, b.length));
  for (const [column, group] of groups.entries()) {
    const sum = distances[group]!;
    for (const [i, from] of a.entries()) {
      for (const [j, to] of b.entries()) sum.set(i, j, sum.get(i, j) + (from[column]! - to[column]!) ** 2);
    }
  }
  return distances;
}

/** r², `[n, m]`. */
function scaledDistances(distances: readonly Matrix[], lengthScales: readonly number[], n: number, m: number): Matrix {
  const sum = Matrix.zeros(n, m);
  for (const [g, distance] of distances.entries()) {
    const factor = 1 / lengthScales[g]! ** 2;
    for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) sum.set(i, j, sum.get(i, j) + distance.get(i, j) * factor);
  }
  return sum;
}

function matern(scaled: Matrix, signalVariance: number): Matrix {
  const kernel = Matrix.zeros(scaled.rows, scaled.columns);
  for (let i = 0; i < scaled.rows; i++) {
    for (let j = 0; j < scaled.columns; j++) {
      const square = scaled.get(i, j);
      const r = ROOT_5 * Math.sqrt(square);
      kernel.set(i, j, signalVariance * (1 + r + (5 / 3) * square) * Math.exp(-r));
    }
  }
  return kernel;
}
