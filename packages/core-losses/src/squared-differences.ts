import * as tf from "@tensorflow/tfjs-core";
import { withGradient } from "./custom-gradient";
import { overTiles } from "./over-tiles";
import type { Plan } from "./plan";
import { chained, timesTransposed, transposedProduct } from "./products";
import { rowsOf, rowsWithin, type Span, spansOf, tileOf } from "./spans";
import { joinRows } from "./strips";

/** Images [M, d] and texts [N, d]. */
type Embeddings = readonly [image: tf.Tensor2D, text: tf.Tensor2D];

/** What is compared with what in each part: images with images, images with texts, texts with texts. */
const PARTS = [
  [0, 0],
  [0, 1],
  [1, 1],
] as const;

/** Something of each part's tile; nothing of a part that ends before the tile begins. */
type OfParts<T> = (T | undefined)[];

/** Calls `visit` with a tile of each part's differences, which are freed after it unless they are returned. */
type Differences = <T extends tf.TensorContainer>(rows: Span, visit: (tile: tf.Tensor2D, part: number) => T) => OfParts<T>;

/**
 * Σ_j (S_ij - ss_ij)² for the rows of `I Iᵀ`, `I Tᵀ` and `T Tᵀ`, one part after the other [M + M + N], with ss the block of `S Sᵀ`
 * that fits. One pass serves all three, and `S Sᵀ` is computed once for it. The differences are kept where the plan has room for
 * three matrices, and computed again for the gradient where it has not.
 */
export function squaredDifferences(image: tf.Tensor2D, text: tf.Tensor2D, sentence: tf.Tensor2D, plan: Plan): tf.Tensor1D {
  const size = sentence.shape[0];
  const keep = plan.kept >= PARTS.length;
  return withGradient<tf.Tensor1D>([image, text], (save) => {
    const differences = differencesOf([image, text], [image, text], sentence, sentence);
    const kept: tf.Tensor2D[] = [];
    const sums: tf.Tensor2D[][] = PARTS.map(() => []);
    for (const rows of spansOf(size, plan.rows)) {
      const strips = differences(rows, (tile) => ({ sum: chained(tf.square(tile), (x) => tf.sum(x, 1, true)), kept: keep ? [tile] : [] }));
      strips.forEach((strip, part) => {
        if (!strip) return;
        sums[part]!.push(strip.sum);
        kept.push(...strip.kept);
      });
    }
    save([image, text, sentence, ...kept]);
    return {
      value: tf.reshape<tf.Rank.R1>(joinRows(sums.flat()), [-1]),
      gradFunc: (dy, [savedImage, savedText, savedSentence, ...tiles]) => {
        const embeddings = [savedImage, savedText] as unknown as Embeddings;
        const found = keep ? keptDifferences(embeddings, tiles as tf.Tensor2D[]) : undefined;
        return tf.tidy(() => gradients(dy, embeddings, savedSentence as tf.Tensor2D, plan, found));
      },
    };
  });
}

/** The differences of all rows to a block of columns, computed for each span of rows. */
function differencesOf(
  rows: Embeddings,
  columns: OfParts<tf.Tensor2D>,
  rowSentence: tf.Tensor2D,
  columnSentence: tf.Tensor2D,
): Differences {
  const targetsOf = timesTransposed(columnSentence);
  const similaritiesOf = columns.map((block) => block && timesTransposed(block));
  return (span, visit) =>
    tf.tidy(() => {
      const targets = targetsOf(rowsOf(rowSentence, span));
      return PARTS.map(([left, right], part) => {
        const own = rowsWithin(rows[left], span);
        const similarities = own && similaritiesOf[right]?.(own);
        if (!similarities) return undefined;
        return tf.tidy(() =>
          visit(
            chained(similarities, (s) => tf.sub(s, tileOf(targets, { start: 0, size: s.shape[0] }, { start: 0, size: s.shape[1] }))),
            part,
          ),
        );
      });
    });
}

/** The differences that were kept, strip by strip in the order in which they were made. */
function keptDifferences(embeddings: Embeddings, kept: readonly tf.Tensor2D[]): Differences {
  const next = kept.values();
  const here = ([left]: (typeof PARTS)[number], rows: Span) => rows.start < embeddings[left].shape[0];
  return (rows, visit) => PARTS.map((part, k) => (here(part, rows) ? tf.tidy(() => visit(next.next().value!, k)) : undefined));
}

/** Gradients of image and text, for the gradient `dy` of all rows' sums; `kept` are the differences, where they are still there. */
function gradients(dy: tf.Tensor1D, embeddings: Embeddings, sentence: tf.Tensor2D, plan: Plan, kept?: Differences): tf.Tensor[] {
  const [image, text] = embeddings;
  const [size, m, n] = [sentence.shape[0], image.shape[0], text.shape[0]];
  const weights = tf.split<tf.Tensor1D>(tf.mul(dy, 2), [m, m, n]).map((own) => tf.reshape<tf.Rank.R2>(own, [-1, 1]));
  const rowSpans = spansOf(size, kept ? plan.rows : plan.tile.rows);
  const columnSpans = spansOf(size, kept ? size : plan.tile.columns);
  const [dImage, dText] = overTiles(rowSpans, columnSpans, (block) => {
    const own = embeddings.map((matrix) => rowsWithin(matrix, block));
    const differences = kept ?? differencesOf(embeddings, own, sentence, rowsOf(sentence, block));
    return (span) => {
      const given = differences(span, (tile, part) => {
        const [left, right] = PARTS[part]!;
        const byRow = rowsWithin(weights[part]!, span)!;
        // A symmetric part's columns give what its rows give: with the weights of both, one product does for the two.
        const byBoth = () => tf.add(byRow, tf.reshape(rowsWithin(weights[part]!, block)!, [1, -1]));
        const weighted = tf.tidy(() => tf.mul<tf.Tensor2D>(tile, left === right ? byBoth() : byRow));
        return {
          toRows: left === 0 ? [tf.matMul<tf.Tensor2D>(weighted, own[right]!)] : [],
          toColumns: right === 1 ? [transposedProduct(weighted, rowsWithin(embeddings[left], span)!)] : [],
        };
      });
      return { rows: given.flatMap((part) => part?.toRows ?? []), columns: given.flatMap((part) => part?.toColumns ?? []), sums: [] };
    };
  });
  return [dImage, dText];
}
