/** Finds the length of the longest common subsequence of parts of one array of words. */
export function longestCommon(ids: Int32Array): (aFrom: number, aTo: number, bFrom: number, bTo: number) => number {
  let row = new Int32Array(64);
  return (aFrom, aTo, bFrom, bTo) => {
    const width = bTo - bFrom;
    if (width >= row.length) row = new Int32Array(width * 2 + 1);
    row.fill(0, 0, width + 1);
    for (let i = aFrom; i < aTo; i++) {
      const word = ids[i];
      let diagonal = 0;
      let left = 0;
      for (let j = 1; j <= width; j++) {
        const above = row[j]!;
        left = word === ids[bFrom + j - 1] ? diagonal + 1 : Math.max(above, left);
        row[j] = left;
        diagonal = above;
      }
    }
    return row[width]!;
  };
}
