/** How much worse than the worst piece an unknown character is: SentencePiece's constant. */
const UNKNOWN_PENALTY = 10;

/**
 * The most probable pieces of a text under a Unigram model, by Viterbi's algorithm over its characters; characters that no piece covers
 * come out one by one, as themselves.
 *
 * Sums are float32, as SentencePiece's: where two ways are equally good but for rounding ("aaaa"), the rounding decides.
 *
 * @see Kudo, "Subword Regularization", https://arxiv.org/abs/1804.10959
 */
export class Unigram {
  private readonly longest: number;
  private readonly unknownScore: number;

  /** The scores (log-probabilities) of the pieces that text is made of: not the unknown and the control pieces. */
  constructor(private readonly scores: ReadonlyMap<string, number>) {
    let longest = 1;
    let worst = Number.POSITIVE_INFINITY;
    for (const [piece, score] of scores) {
      longest = Math.max(longest, characters(piece));
      worst = Math.min(worst, score);
    }
    this.longest = longest;
    this.unknownScore = Math.fround((scores.size > 0 ? worst : 0) - UNKNOWN_PENALTY);
  }

  /** The pieces, in the order of the text. */
  split(text: string): string[] {
    const chars = Array.from(text);
    const best = new Float32Array(chars.length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(chars.length + 1);
    best[0] = 0;
    for (let start = 0; start < chars.length; start++) {
      const score = best[start]!;
      const reach = (end: number, own: number) => {
        const total = Math.fround(score + own);
        if (total > best[end]!) {
          best[end] = total;
          from[end] = start;
        }
      };
      let piece = "";
      let single = false;
      for (let end = start + 1; end <= Math.min(chars.length, start + this.longest); end++) {
        piece += chars[end - 1];
        const own = this.scores.get(piece);
        if (own === undefined) continue;
        if (end === start + 1) single = true;
        reach(end, own);
      }
      if (!single) reach(start + 1, this.unknownScore);
    }
    const pieces: string[] = [];
    for (let end = chars.length; end > 0; end = from[end]!) pieces.push(chars.slice(from[end]!, end).join(""));
    return pieces.reverse();
  }
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
