import { createRandom } from "@rsdix/data";
import type { Handler } from "../protocol";
import { embeddingsOf } from "./embeddings";
import { refuse, session } from "./session";

const SEED = 1;
const FEWEST = 5;
/** Epochs between two breaths, in which a call to stop is heard. */
const AT_ONCE = 10;

/** The images as points of a plane, like ones near each other (UMAP, McInnes et al., arXiv 1802.03426). */
export const map: Handler<"map"> = async ({ neighbors, minDist }, context) => {
  const { emit, signal } = context;
  const { ids, rows, unread } = await embeddingsOf([...session.images.keys()], context);
  const without = unread.length > 0 ? `, and ${unread.length} more that can't be read any more` : "";
  if (ids.length < FEWEST) refuse("EMPTY_DATA", `A map needs at least ${FEWEST} images; there are ${ids.length}${without}.`);
  const { UMAP } = await import("umap-js");
  const random = createRandom(SEED);
  const umap = new UMAP({ nNeighbors: Math.min(neighbors, ids.length - 1), minDist, random: () => random.next() });
  const epochs = umap.initializeFit(rows.map((row) => [...row]));
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    if (epoch % AT_ONCE > 0) continue;
    emit({ what: "map", done: epoch, total: epochs });
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) refuse("ABORTED", "Stopped.");
  }
  return { map: { ids, positions: intoUnitSquare(umap.getEmbedding()) }, unread };
};

function intoUnitSquare(points: readonly (readonly number[])[]): Float32Array {
  const positions = new Float32Array(points.length * 2);
  for (const axis of [0, 1]) {
    const values = points.map((point) => point[axis]!);
    const least = values.reduce((a, b) => Math.min(a, b));
    const range = values.reduce((a, b) => Math.max(a, b)) - least || 1;
    for (const [i, value] of values.entries()) positions[2 * i + axis] = (value - least) / range;
  }
  return positions;
}
