/** The formulas of the losses as they stand in the papers, on plain arrays in double precision: nothing shared, nothing stable. */
export type Matrix = number[][];

export const transpose = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const flat = (m: Matrix): number[] => m.flat();
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;

/** Every row of `a` times every row of `b`. */
export const products = (a: Matrix, b: Matrix): Matrix => a.map((x) => b.map((y) => sum(x.map((value, k) => value * y[k]!))));

const scaled = (m: Matrix, factor: number, bias = 0): Matrix => m.map((row) => row.map((value) => factor * value + bias));
const softmax = (row: number[]): number[] => row.map((value) => Math.exp(value) / sum(row.map(Math.exp)));

export function plainInfoNCE(image: Matrix, text: Matrix, logitScale: number): number {
  const logits = scaled(products(image, text), Math.exp(logitScale));
  const crossEntropy = (m: Matrix) => mean(m.map((row, i) => -Math.log(softmax(row)[i]!)));
  return (crossEntropy(logits) + crossEntropy(transpose(logits))) / 2;
}

export function plainSigmoidLoss(image: Matrix, text: Matrix, logitScale: number, logitBias: number): number {
  const logits = scaled(products(image, text), Math.exp(logitScale), logitBias);
  return mean(logits.map((row, i) => sum(row.map((logit, j) => -Math.log(1 / (1 + Math.exp(i === j ? -logit : logit)))))));
}

export function plainSinkhorn(cost: Matrix, lambda: number, iterations: number): Matrix {
  let q = cost.map((row) => row.map((value) => Math.exp(-value / lambda)));
  q = scaled(q, 1 / sum(flat(q)));
  const rowsTo = (m: Matrix, total: number) => m.map((row) => row.map((value) => (value * total) / sum(row)));
  for (let i = 0; i < iterations; i++) {
    q = rowsTo(q, 1 / cost.length);
    q = transpose(rowsTo(transpose(q), 1 / cost[0]!.length));
  }
  return rowsTo(q, 1);
}

export function plainTeacherTargets(image: Matrix, text: Matrix, lambda: number, iterations: number): { image: Matrix; text: Matrix } {
  const [ii, tt, it, ti] = [products(image, image), products(text, text), products(image, text), products(text, image)];
  const cost = (cross: Matrix) => cross.map((row, i) => row.map((value, j) => -(ii[i]![j]! + tt[i]![j]! + value)));
  return { image: plainSinkhorn(cost(it), lambda, iterations), text: plainSinkhorn(cost(ti), lambda, iterations) };
}

export function plainDistillation(similarities: Matrix, targets: { image: Matrix; text: Matrix }, tau: number): number {
  const scale = Math.min(Math.max(Math.exp(tau), 1), 100);
  const divergence = (target: Matrix, m: Matrix) =>
    mean(target.map((row, i) => sum(row.map((t, j) => (t === 0 ? 0 : t * Math.log(t / softmax(m[i]!)[j]!))))));
  const logits = scaled(similarities, scale);
  return (divergence(targets.image, logits) + divergence(targets.text, transpose(logits))) / 2;
}
