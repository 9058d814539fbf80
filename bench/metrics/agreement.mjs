// How far two lists of scores, or of tuples, agree.

/** Pearson's correlation. */
export function pearson(a, b) {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

export const meanAbsoluteDifference = (a, b) => mean(a.map((value, i) => Math.abs(value - b[i])));

/**
 * Micro F1 of lists of tuples. Each place of a tuple holds the words that were found to mean the same: in `ours` a list, in `peer`, as SPICE writes them,
 * one text with strokes between. A tuple is found where its places hold the same words.
 */
export function tupleF1(ours, peer) {
  let [both, mine, theirs] = [0, 0, 0];
  ours.forEach((tuples, i) => {
    const left = new Set(peer[i].map((tuple) => written(tuple.map((text) => text.split("/")))));
    theirs += left.size;
    mine += tuples.length;
    for (const tuple of tuples) if (left.delete(written(tuple))) both++;
  });
  return (2 * both) / (mine + theirs);
}

const written = (tuple) => tuple.map((words) => [...words].sort().join("/")).join("\t");

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Throws where two lists differ by more than `tolerance` somewhere; gives by how much they differ at most. */
export function compare(what, ours, peer, tolerance) {
  if (ours.length !== peer.length) throw new Error(`${what}: ${ours.length} values against ${peer.length}`);
  let [worst, at] = [0, -1];
  ours.forEach((value, i) => {
    const difference = typeof value === "number" ? Math.abs(value - peer[i]) : value === peer[i] ? 0 : Number.POSITIVE_INFINITY;
    if (!(difference <= worst)) [worst, at] = [difference, i];
  });
  if (!(worst <= tolerance)) throw new Error(`${what}, value ${at}: ${JSON.stringify(ours[at])} against ${JSON.stringify(peer[at])}`);
  return worst;
}
