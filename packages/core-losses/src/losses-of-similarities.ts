import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./custom-gradient";
import type { Plan } from "./plan";
import { combined, timesTransposed, transposedProduct } from "./products";
import { rowsOf, type Span, spansOf } from "./spans";
import { joinRows, overStrips, type Part, Strips } from "./strips";
import type { Term, TermGradient } from "./term";

/**
 * The losses of terms that share the similarities S = image · textᵀ, one vector a term. No more of S than a strip exists at a
 * time, unless the plan keeps it: what is saved for the gradient are the embeddings and the terms' vectors over rows and
 * columns, and on the way back S is computed again, tile by tile.
 */
export function lossesOfSimilarities(image: tf.Tensor2D, text: tf.Tensor2D, terms: Term[], plan: Plan, keep: boolean): tf.Tensor1D[] {
  const sizes: number[] = [];
  const all = withGradient<tf.Tensor1D>([image, text, ...terms.flatMap(({ parameters }) => parameters)], (save) => {
    const started = terms.map((term) => term.start?.() ?? []);
    const times = timesTransposed(text);
    const strips = new Strips(spansOf(image.shape[0], plan.rows), (span) => times(rowsOf(image, span)), keep);
    const parts = overTerms(terms, strips, started);
    const finished = terms.map((term, k) => term.finish(parts[k]!, started[k]!));
    const states = finished.map(({ state }) => state);
    save([image, text, ...states.flat(), ...strips.kept]);
    sizes.push(...finished.map(({ losses }) => losses.size));
    const counts = states.map((state) => state.length);

    const gradFunc = (dy: tf.Tensor1D, saved: tf.Tensor[]) =>
      tf.tidy(() => {
        const [savedImage, savedText, ...rest] = saved as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor[]];
        const dys = terms.length === 1 ? [dy] : tf.split<tf.Tensor1D>(dy, sizes);
        const gradients = terms.map((term, k) => term.backward(dys[k]!, rest.splice(0, counts[k]!)));
        return backward(savedImage, savedText, gradients, plan, rest as tf.Tensor2D[]);
      });
    return { value: finished.length === 1 ? finished[0]!.losses : tf.concat1d(finished.map(({ losses }) => losses)), gradFunc };
  });
  return terms.length === 1 ? [all] : tf.split<tf.Tensor1D>(all, sizes);
}

/** The one pass over S, for all terms at once. */
function overTerms(terms: Term[], strips: Strips, started: tf.Tensor[][]): Part[] {
  const counts: { rows: number; columns: number }[] = [];
  const split = (tensors: tf.Tensor2D[], of: "rows" | "columns") => {
    const left = [...tensors];
    return counts.map((count) => left.splice(0, count[of]));
  };
  const whole = overStrips(
    strips.spans,
    (span, index) => {
      const similarities = strips.at(index);
      const parts = terms.map((term, k) => term.strip(similarities, span, index, started[k]!));
      if (index === 0) counts.push(...parts.map(({ rows, columns }) => ({ rows: rows.length, columns: columns.length })));
      return { rows: parts.flatMap(({ rows }) => rows), columns: parts.flatMap(({ columns }) => columns) };
    },
    (a, b) => {
      const [as, bs] = [split(a, "columns"), split(b, "columns")];
      return terms.flatMap((term, k) => term.merge(as[k]!, bs[k]!));
    },
  );
  const [rows, columns] = [split(whole.rows, "rows"), split(whole.columns, "columns")];
  return terms.map((_, k) => ({ rows: rows[k]!, columns: columns[k]! }));
}

/** Gradients of image, text and all parameters. */
function backward(image: tf.Tensor2D, text: tf.Tensor2D, terms: TermGradient[], plan: Plan, kept: tf.Tensor2D[]): tf.Tensor[] {
  const [m, n] = [image.shape[0], text.shape[0]];
  const whole = plan.kept > 0;
  const rowSpans = spansOf(m, whole ? plan.rows : plan.tile.rows);
  const diagonal = terms.map((term) => term.diagonal).reduce((a, b) => (a && b ? tf.add(a, b) : (a ?? b)), undefined);
  let dImage: tf.Tensor2D[] = [];
  const dText: tf.Tensor2D[] = [];
  let sums: tf.Scalar[][] | undefined;
  for (const columns of spansOf(n, whole ? n : plan.tile.columns)) {
    const before = { sums, dImage };
    const done = tf.tidy(() => {
      const block = rowsOf(text, columns);
      const times = timesTransposed(block);
      const tiles = terms.map((term) => term.block(columns));
      let along: Along = { dBlock: diagonalShare(diagonal, image, columns), sums: before.sums };
      const dRows = rowSpans.map((rows, index) => {
        const next = tf.tidy(() => {
          const part = rowsOf(image, rows);
          const similarities = kept[index] ?? times(part);
          const gradients = tiles.map((tile) => tf.tidy(() => tile(similarities, rows, index)));
          const own = terms.map((term, k) => term.sums(gradients[k]!, similarities));
          const dSimilarities = gradients.reduce((a, b) => combined(tf.add, a, b));
          return {
            sums: along.sums ? own.map((of, k) => of.map((sum, i) => tf.add<tf.Scalar>(sum, along.sums![k]![i]!))) : own,
            dBlock: plus(along.dBlock, transposedProduct(dSimilarities, part)),
            dRows: plus(before.dImage[index] ?? diagonalShare(diagonal, text, rows), tf.matMul(dSimilarities, block)),
          };
        });
        tf.dispose([along.sums ?? [], along.dBlock ?? [], before.dImage[index] ?? []]);
        along = next;
        return next.dRows;
      });
      return { ...along, dRows };
    });
    dText.push(done.dBlock!);
    dImage = done.dRows;
    sums = done.sums;
  }
  return [joinRows(dImage), joinRows(dText), ...terms.flatMap((term, k) => term.parameters(sums![k]!))];
}

/** What grows along the rows of a block of columns. */
interface Along {
  readonly dBlock: tf.Tensor2D | undefined;
  readonly sums: tf.Scalar[][] | undefined;
}

/** What the diagonal of d/dS adds to the gradient of the rows of a span, whose partners are the rows of `other`. */
function diagonalShare(diagonal: tf.Tensor1D | undefined, other: tf.Tensor2D, { start, size }: Span): tf.Tensor2D | undefined {
  const pairs = diagonal ? Math.min(diagonal.size - start, size) : 0;
  if (!diagonal || pairs <= 0) return undefined;
  return tf.tidy(() => {
    const weights = tf.reshape(tf.slice1d(diagonal, start, pairs), [pairs, 1]);
    const share = tf.mul<tf.Tensor2D>(weights, rowsOf(other, { start, size: pairs }));
    return pairs === size
      ? share
      : tf.pad2d(share, [
          [0, size - pairs],
          [0, 0],
        ]);
  });
}

function plus(a: tf.Tensor2D | undefined, b: tf.Tensor2D): tf.Tensor2D {
  return a ? tf.add(a, b) : b;
}
