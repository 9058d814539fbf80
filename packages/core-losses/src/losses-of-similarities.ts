import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./custom-gradient";
import { overTiles } from "./over-tiles";
import type { Plan } from "./plan";
import { timesTransposed, transposedProduct } from "./products";
import { rowsOf, spansOf } from "./spans";
import { keepStrips, overStrips } from "./strips";
import type { Term, TermGradient } from "./term";

/**
 * The losses of a term on the similarities S = image · textᵀ. No more of S than a strip exists at a time, unless `keep` says so:
 * what is saved for the gradient are the embeddings and the term's vectors over rows and columns, and on the way back S is
 * computed again, tile by tile.
 */
export function lossesOfSimilarities(image: tf.Tensor2D, text: tf.Tensor2D, term: Term, plan: Plan, keep: boolean): tf.Tensor1D {
  return withGradient<tf.Tensor1D>([image, text, ...term.parameters], (save) => {
    const started = term.start?.() ?? [];
    const times = timesTransposed(text);
    const spans = spansOf(image.shape[0], plan.rows);
    const strips = keepStrips(spans, (span) => times(rowsOf(image, span)), keep);
    const part = overStrips(spans, (span, index) => term.strip(strips.at(index), span, index, started), term.merge);
    const { losses, state } = term.finish(part, started);
    const count = state.length;
    save([image, text, ...state, ...strips.kept]);
    return {
      value: losses,
      gradFunc: (dy, [savedImage, savedText, ...saved]) =>
        tf.tidy(() => {
          const gradient = term.backward(dy, saved.slice(0, count));
          return backward(savedImage as tf.Tensor2D, savedText as tf.Tensor2D, gradient, plan, saved.slice(count) as tf.Tensor2D[]);
        }),
    };
  });
}

/** Gradients of image, text and all parameters. */
function backward(image: tf.Tensor2D, text: tf.Tensor2D, term: TermGradient, plan: Plan, kept: tf.Tensor2D[]): tf.Tensor[] {
  const [m, n] = [image.shape[0], text.shape[0]];
  const whole = plan.kept > 0;
  const rowSpans = spansOf(m, whole ? plan.rows : plan.tile.rows);
  const columnSpans = spansOf(n, whole ? n : plan.tile.columns);
  const [dImage, dText, totals] = overTiles(rowSpans, columnSpans, (columns) => {
    const block = rowsOf(text, columns);
    const times = timesTransposed(block);
    const tile = term.block(columns);
    return (rows, index) => {
      const part = rowsOf(image, rows);
      const similarities = kept[index] ?? times(part);
      const [gradient, ...sums] = tf.tidy(() => tile(similarities, rows, index));
      return { rows: [tf.matMul(gradient, block)], columns: [transposedProduct(gradient, part)], sums };
    };
  });
  return [dImage, dText, ...term.parameters(totals)];
}
