/** The weight that brings CLIPScore near the range from 0 to 1 (Hessel et al., section 3). */
export const CLIP_WEIGHT = 2.5;

/** CLIPScore of one image and caption from their cosine. */
export function clipScoreOfCosine(cosine: number, weight: number): number {
  return weight * Math.max(cosine, 0);
}

/** RefCLIPScore: the harmonic mean of CLIPScore and of the cosine to the nearest reference; 0 where either is 0. */
export function refClipScoreOf(clipScore: number, nearestReference: number): number {
  const reference = Math.max(nearestReference, 0);
  const sum = clipScore + reference;
  return sum === 0 ? 0 : (2 * clipScore * reference) / sum;
}
