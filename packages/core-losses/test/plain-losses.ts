/** The formulas of the losses as they stand in the papers, on plain arrays in double precision: nothing shared, nothing stable. */
export type Matrix = number[][];
/** Soft labels of both directions: [M, N] and [N, M]. */
export type Targets = { image: Matrix; text: Matrix };

export const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const flat = (m: Matrix): number[] => m.flat();
export const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
export const identity = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
const mean = (values: number[]) => sum(values) / values.length;

/** Every row of `a` times every row of `b`. */
export const products = (a: Matrix, b: Matrix): Matrix => a.map((x) => b.map((y) => sum(x.map((value, k) => value * y[k]!))));

const scaled = (m: Matrix, factor: number, bias = 0): Matrix => m.map((row) => row.map((value) => factor * value + bias));
const softmax = (row: number[]): number[] => row.map((value) => Math.exp(value) / sum(row.map(Math.exp)));

/** What `reduction` makes of unreduced losses, as the values of the tensor that comes out. */
export function reduced(losses: number[], reduction = "mean"): number[] {
  return reduction === "none" ? losses : [reduction === "sum" ? sum(losses) : mean(losses)];
}

/** Losses of rows [M] and columns [N] as pairs [max(M, N)] whose mean is the mean of both means; `counted` says over how many each mean is. */
function bothDirections(rows: number[], columns: number[], counted = [rows.length, columns.length]): number[] {
  const size = Math.max(rows.length, columns.length);
  const share = (losses: number[], k: number, count: number) => ((size / 2) * (losses[k] ?? 0)) / count;
  return Array.from({ length: size }, (_, k) => share(rows, k, counted[0]!) + share(columns, k, counted[1]!));
}

/** -Σ_j target_j log softmax_j */
const crossEntropy = (target: number[], logits: number[]) => -sum(softmax(logits).map((p, j) => target[j]! * Math.log(p)));

export function infoNCELosses(image: Matrix, text: Matrix, logitScale: number, smoothing = 0): number[] {
  const logits = scaled(products(image, text), Math.exp(logitScale));
  const ofRow = (m: Matrix, i: number) =>
    crossEntropy(
      m[i]!.map((_, j) => (1 - smoothing) * (i === j ? 1 : 0) + smoothing / m[i]!.length),
      m[i]!,
    );
  return Array.from({ length: Math.min(image.length, text.length) }, (_, i) => (ofRow(logits, i) + ofRow(transpose(logits), i)) / 2);
}

export function plainInfoNCE(image: Matrix, text: Matrix, logitScale: number, smoothing = 0): number {
  return mean(infoNCELosses(image, text, logitScale, smoothing));
}

/** 1 where image and text have the same label. */
export const positivesOfLabels = (image: number[], text: number[]): Matrix => image.map((a) => text.map((b) => (a === b ? 1 : 0)));

export function supervisedLosses(image: Matrix, text: Matrix, logitScale: number, positives: Matrix, smoothing = 0): number[] {
  const logits = scaled(products(image, text), Math.exp(logitScale));
  const direction = (m: Matrix, mask: Matrix) =>
    m.map((row, i) => {
      const count = sum(mask[i]!);
      const target = mask[i]!.map((positive) => ((1 - smoothing) * positive) / count + smoothing / row.length);
      return count === 0 ? 0 : crossEntropy(target, row);
    });
  const counted = [positives, transpose(positives)].map((mask) => mask.filter((row) => sum(row) > 0).length);
  return bothDirections(direction(logits, positives), direction(transpose(logits), transpose(positives)), counted);
}

/** -log σ(z) of the label's sign on the diagonal's ±1; with soft labels the binary cross-entropy, or the original's product. */
export function sigmoidLosses(
  image: Matrix,
  text: Matrix,
  logitScale: number,
  logitBias: number,
  { labels, reference = false }: { labels?: Matrix | undefined; reference?: boolean } = {},
): number[] {
  const logits = scaled(products(image, text), Math.exp(logitScale), logitBias);
  const minusLogSigmoid = (z: number) => Math.log(1 + Math.exp(-z));
  const loss = (z: number, i: number, j: number) => {
    if (!labels) return minusLogSigmoid(i === j ? z : -z);
    const y = labels[i]![j]!;
    return reference ? minusLogSigmoid(y * z) : y * minusLogSigmoid(z) + (1 - y) * minusLogSigmoid(-z);
  };
  return logits.map((row, i) => sum(row.map((z, j) => loss(z, i, j))));
}

export function plainSigmoidLoss(image: Matrix, text: Matrix, logitScale: number, logitBias: number): number {
  return mean(sigmoidLosses(image, text, logitScale, logitBias));
}

export function plainSinkhorn(
  cost: Matrix,
  lambda: number,
  iterations: number,
  marginals: { rowMarginal?: number[] | undefined; columnMarginal?: number[] | undefined } = {},
): Matrix {
  const { rowMarginal = cost.map(() => 1 / cost.length), columnMarginal = cost[0]!.map(() => 1 / cost[0]!.length) } = marginals;
  let q = cost.map((row) => row.map((value) => Math.exp(-value / lambda)));
  q = scaled(q, 1 / sum(flat(q)));
  const rowsTo = (m: Matrix, totals: number[]) => m.map((row, i) => row.map((value) => (value * totals[i]!) / sum(row)));
  for (let i = 0; i < iterations; i++) {
    q = rowsTo(q, rowMarginal);
    q = transpose(rowsTo(transpose(q), columnMarginal));
  }
  return rowsTo(
    q,
    q.map(() => 1),
  );
}

/** Sinkhorn on the logarithms of a kernel whose exponentials overflow. */
export function sharpSinkhorn(logKernel: Matrix, iterations: number): Matrix {
  const less = (row: number[]) => {
    const largest = Math.max(...row);
    const logSum = largest + Math.log(sum(row.map((x) => Math.exp(x - largest))));
    return row.map((x) => x - logSum);
  };
  let q = logKernel;
  for (let i = 0; i < iterations; i++) q = transpose(transpose(q.map(less)).map(less));
  return q.map(less).map((row) => row.map(Math.exp));
}

/** What the targets are made of besides the embeddings. */
export interface PlainTargetOptions {
  imageCoefficient?: number;
  textCoefficient?: number;
  removeDiagonal?: boolean;
  sentence?: Matrix | undefined;
}

export function plainTeacherTargets(
  image: Matrix,
  text: Matrix,
  lambda: number,
  iterations: number,
  { imageCoefficient = 1, textCoefficient = 1, removeDiagonal = false, sentence }: PlainTargetOptions = {},
): Targets {
  const [m, n] = [image.length, text.length];
  const images = [...image, ...text.slice(m)]; // the text stands in for an image that is not there, and the other way round
  const texts = sentence ?? [...text, ...image.slice(n)];
  const [ii, tt, it] = [products(images, images), products(texts, texts), products(image, text)];
  const removed = removeDiagonal ? 100 * (imageCoefficient + textCoefficient) : 0;
  const cost = it.map((row, i) =>
    row.map((cross, j) => -(imageCoefficient * ii[i]![j]! + textCoefficient * tt[i]![j]! + cross - (i === j ? removed : 0))),
  );
  return { image: plainSinkhorn(cost, lambda, iterations), text: plainSinkhorn(transpose(cost), lambda, iterations) };
}

export function distillationLosses(similarities: Matrix, targets: Targets, tau: number): number[] {
  const scale = Math.min(Math.max(Math.exp(tau), 1), 100);
  const divergence = (target: Matrix, m: Matrix) =>
    target.map((row, i) => sum(row.map((t, j) => (t === 0 ? 0 : t * Math.log(t / softmax(m[i]!)[j]!)))));
  const logits = scaled(similarities, scale);
  return bothDirections(divergence(targets.image, logits), divergence(targets.text, transpose(logits)));
}

export function plainDistillation(similarities: Matrix, targets: Targets, tau: number): number {
  return mean(distillationLosses(similarities, targets, tau));
}

/** Squared differences of cosines to the sentences', as losses [max(M, N)] whose means are those of the three matrices. */
export function similarityMSELosses(image: Matrix, text: Matrix, sentence: Matrix): Record<string, number[]> {
  const size = Math.max(image.length, text.length);
  const part = (a: Matrix, b: Matrix) => {
    const wanted = products(sentence.slice(0, a.length), sentence.slice(0, b.length));
    const squares = products(a, b).map((row, i) => sum(row.map((cosine, j) => (cosine - wanted[i]![j]!) ** 2)));
    return Array.from({ length: size }, (_, k) => (size * (squares[k] ?? 0)) / (a.length * b.length));
  };
  const parts = { imageImage: part(image, image), imageText: part(image, text), textText: part(text, text) };
  const total = parts.imageImage.map((value, k) => (value + parts.imageText[k]! + parts.textText[k]!) / 3);
  return { total, ...parts };
}
