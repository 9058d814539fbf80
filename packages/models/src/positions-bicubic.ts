/** PyTorch's bicubic kernel has this slope at distance 1; Pillow's has -0.5. */
const A = -0.75;

/**
 * What each of `to` places takes of `from` places: pixels are areas (corners aren't aligned), nothing is smoothed before reducing, and
 * places beyond the edge are the edge.
 *
 * @see R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
 */
export function bicubicTaps(from: number, to: number): (readonly [place: number, weight: number])[][] {
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const left = Math.floor(centre);
    return [-1, 0, 1, 2].map((offset) => {
      const place = Math.min(from - 1, Math.max(0, left + offset));
      return [place, kernel(Math.abs(centre - left - offset))] as const;
    });
  });
}

/** Keys' cubic at a distance from 0 to 2. */
function kernel(x: number): number {
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return ((x - 5) * x + 8) * x * A - 4 * A;
}
