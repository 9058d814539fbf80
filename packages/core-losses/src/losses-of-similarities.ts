import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./custom-gradient";
import type { Plan } from "./plan";
import { timesTransposed, transposedProduct } from "./products";
import { rowsOf, spansOf } from "./spans";
import { joinRows, keepStrips, overStrips } from "./strips";
import type { Term, TermGradient } from "./term";
import { plus } from "./tiles";

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
  let sums: tf.Scalar[] = [];
  let dImage: tf.Tensor2D[] = [];
  const dText: tf.Tensor2D[] = [];
  const columnSpans = spansOf(n, whole ? n : plan.tile.columns);
  for (const columns of columnSpans) {
    const before = dImage;
    const done = tf.tidy(() => {
      const block = rowsOf(text, columns);
      const times = timesTransposed(block);
      const tile = term.block(columns);
      let dBlock: tf.Tensor2D | undefined;
      dImage = rowSpans.map((rows, index) => {
        const next = tf.tidy(() => {
          const part = rowsOf(image, rows);
          const similarities = kept[index] ?? times(part);
          const [gradient, ...own] = tf.tidy(() => tile(similarities, rows, index));
          return {
            sums: own.map((sum, k) => plus(sums[k], sum)),
            dBlock: plus(dBlock, transposedProduct(gradient, part)),
            dRows: plus(before[index], tf.matMul(gradient, block)),
          };
        });
        tf.dispose([sums, dBlock ?? [], before[index] ?? []]);
        ({ sums, dBlock } = next);
        return next.dRows;
      });
      return { dBlock: dBlock!, dImage, sums };
    });
    dText.push(done.dBlock);
  }
  return [joinRows(dImage), joinRows(dText), ...term.parameters(sums)];
}
