import { FROM, FROM_LENGTH, LENGTH, longer, type Matches, MODULE, MODULE_OF, NEXT, START } from "./find-matches";

/** Partial alignments that are followed at each word. */
const BEAM = 40;

// What an alignment is kept as, a row of integers:
/** Words matched on both sides, rounded down at every match as METEOR does: an exact match counts whole, any other half. */
const MATCHED = 0;
const CHUNKS = 1;
const DISTANCE = 2;
/** The reference's word behind the last match. */
const INDEX = 3;
/** Where the last match ends in the candidate, while its chunk is open; else -1. */
const CHUNK_END = 4;
/** The last entry of the list of choices; -1 for none. */
const CHOICE = 5;
/** From here on: which words of the candidate are taken, as bits. */
const TAKEN = 6;

const NOT_FIXED = -1;
const INSIDE_FIXED = -2;

/** Rows; `order` says which is first, and `keys`, in the same order, how good they are: see `#key`. */
const beam = () => ({ rows: new Int32Array(0), order: new Int32Array(BEAM), keys: new Float64Array(BEAM) });

/**
 * METEOR 1.5's search for the alignment with the most matches, then the fewest chunks, then the least crossing: a beam over the words of
 * the reference. Some of what it does is of no use, and decides digits all the same: it says "as METEOR does".
 */
export class Aligner {
  /** What is followed, and what comes of it. */
  #now = beam();
  #next = beam();
  #chunkKey = 0;
  #matchKey = 0;
  #kept = 0;
  #width = 0;
  /** Pairs of a chosen match and the entry of the one before. */
  #choices = new Int32Array(1024);
  #choiceCount = 0;
  #fixed = new Int32Array(64);

  /** Writes the matches of the best alignment into `chosen`, last first, and returns how many they are. */
  align(matches: Matches, candidateLength: number, referenceLength: number, chosen: number[]): number {
    const width = TAKEN + ((candidateLength + 31) >>> 5);
    if (width !== this.#width) {
      this.#width = width;
      this.#now.rows = new Int32Array(BEAM * width);
      this.#next.rows = new Int32Array(BEAM * width);
    }
    const mostChunks = Math.min(candidateLength, referenceLength) + 2;
    // A distance is at most the product of 1,500 words, their 1,500 matches and 500 between them, which fits.
    this.#chunkKey = Math.floor(2 ** 53 / (mostChunks * (candidateLength + referenceLength + 1)));
    this.#matchKey = this.#chunkKey * mostChunks;
    this.#choiceCount = 0;
    this.#start(matches, referenceLength);
    let count = 1;
    for (let j = 0; j < referenceLength; j++) {
      if (this.#fixed[j] === INSIDE_FIXED) continue; // all have taken the match
      if (this.#fixed[j] !== NOT_FIXED || matches.first[j] === -1) {
        this.#advance(matches, j, count, width);
        continue;
      }
      this.#kept = 0;
      for (let k = 0; k < count; k++) this.#expand(matches, j, this.#now.order[k]! * width);
      count = this.#kept;
      const rows = this.#now; // not by destructuring, which makes lists and iterators until it is compiled
      this.#now = this.#next;
      this.#next = rows;
    }
    let length = 0;
    for (let entry = this.#now.rows[this.#best(count) * width + CHOICE]!; entry !== -1; entry = this.#choices[2 * entry + 1]!) {
      chosen[length++] = this.#choices[2 * entry]!;
    }
    return length;
  }

  /** The first row; matches that nothing speaks against are fixed ahead, and their words taken. */
  #start(matches: Matches, referenceLength: number): void {
    if (referenceLength > this.#fixed.length) this.#fixed = new Int32Array(2 * referenceLength);
    this.#fixed.fill(NOT_FIXED, 0, referenceLength);
    const row = this.#now.rows;
    row.fill(0, 0, this.#width);
    row[CHUNK_END] = -1;
    row[CHOICE] = -1;
    this.#now.order[0] = 0;
    for (let j = 0; j < referenceLength; j++) {
      const match = matches.first[j]!;
      if (match === -1 || match !== matches.last[j] || !isAlone(matches, match)) continue;
      this.#fixed.fill(INSIDE_FIXED, j, j + matches.rows[match + LENGTH]!);
      this.#fixed[j] = match;
      const end = matches.rows[match + FROM]! + matches.rows[match + FROM_LENGTH]!;
      for (let i = matches.rows[match + FROM]!; i < end; i++) row[TAKEN + (i >>> 5)]! |= 1 << (i & 31);
    }
  }

  /** A word of the reference where there is no choice: each row takes the fixed match, or skips the word. */
  #advance(matches: Matches, j: number, count: number, width: number): void {
    const { rows, order } = this.#now;
    const match = this.#fixed[j]!;
    for (let k = 0; k < count; k++) {
      const slot = order[k]!;
      const at = slot * width;
      if (j >= rows[at + INDEX]!) {
        const chunkEnd = rows[at + CHUNK_END]!;
        if (match === NOT_FIXED) {
          if (chunkEnd !== -1) rows[at + CHUNKS]!++;
          rows[at + CHUNK_END] = -1;
          rows[at + INDEX]!++;
        } else {
          rows[at + MATCHED]! += gain(matches, match);
          if (chunkEnd !== -1 && chunkEnd !== matches.rows[match + FROM]) rows[at + CHUNKS]!++;
          this.#choose(rows, at, matches, match);
        }
      }
      const key = this.#key(rows[at + MATCHED]!, rows[at + CHUNKS]!, rows[at + DISTANCE]!);
      insert(this.#now, k, slot, key);
    }
  }

  /** A word of the reference with a choice of matches: one row for each, and one that skips the word. */
  #expand(matches: Matches, j: number, at: number): void {
    const { rows } = this.#now;
    const matched = rows[at + MATCHED]!;
    const chunks = rows[at + CHUNKS]!;
    if (j < rows[at + INDEX]!) {
      this.#keep(at, matched, chunks);
      return;
    }
    const chunkEnd = rows[at + CHUNK_END]!;
    // Exact matches come first: where the last one is one, all are, by their place in the candidate.
    const areExact = matches.rows[matches.last[j]! + MODULE_OF] === MODULE.exact;
    for (let match = matches.first[j]!; match !== -1; match = matches.rows[match + NEXT]!) {
      if (!this.#isFree(matches, match, j, rows, at)) continue;
      const from = matches.rows[match + FROM]!;
      const kept = this.#keep(at, matched + gain(matches, match), chunkEnd === -1 || chunkEnd === from ? chunks : chunks + 1);
      if (kept !== -1) this.#choose(this.#next.rows, kept, matches, match);
      // Those that follow match as much and are further away, in no chunk either, and who skips the word matches less: the beam has no place for them.
      else if (areExact && from > chunkEnd) return;
      // As METEOR does: the distance is not the taker's, but of those who come after it, and do not take the match.
      rows[at + DISTANCE]! += Math.abs(j - from);
    }
    const kept = this.#keep(at, matched, chunkEnd === -1 ? chunks : chunks + 1);
    if (kept === -1) return;
    this.#next.rows[kept + CHUNK_END] = -1;
    this.#next.rows[kept + INDEX]!++;
  }

  #isFree(matches: Matches, match: number, j: number, rows: Int32Array, at: number): boolean {
    const from = matches.rows[match + FROM]!;
    // What is taken first: of a word that is repeated throughout that is what most of a candidate is.
    for (let i = from; i < from + matches.rows[match + FROM_LENGTH]!; i++) {
      if ((rows[at + TAKEN + (i >>> 5)]! >>> (i & 31)) & 1) return false;
    }
    for (let k = 0; k < matches.rows[match + LENGTH]!; k++) if (this.#fixed[j + k] !== NOT_FIXED) return false;
    return true;
  }

  /** Notes in a row that it has a match, and marks the match's words in the candidate. */
  #choose(rows: Int32Array, at: number, matches: Matches, match: number): void {
    const end = matches.rows[match + FROM]! + matches.rows[match + FROM_LENGTH]!;
    for (let i = matches.rows[match + FROM]!; i < end; i++) rows[at + TAKEN + (i >>> 5)]! |= 1 << (i & 31);
    rows[at + CHUNK_END] = end;
    rows[at + INDEX] = matches.rows[match + START]! + matches.rows[match + LENGTH]!;
    if (2 * this.#choiceCount === this.#choices.length) this.#choices = longer(this.#choices, new Int32Array(4 * this.#choiceCount));
    this.#choices[2 * this.#choiceCount] = match;
    this.#choices[2 * this.#choiceCount + 1] = rows[at + CHOICE]!;
    rows[at + CHOICE] = this.#choiceCount++;
  }

  /** The slot of the best row, now that open chunks end. As METEOR does: of those that the beam kept while they were not counted. */
  #best(count: number): number {
    const { rows } = this.#now;
    let best = 0;
    let bestKey = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const at = this.#now.order[k]! * this.#width;
      const ended = rows[at + CHUNK_END] === -1 ? 0 : 1;
      const key = this.#key(rows[at + MATCHED]!, rows[at + CHUNKS]! + ended, rows[at + DISTANCE]!);
      if (key <= bestKey) continue;
      bestKey = key;
      best = this.#now.order[k]!;
    }
    return best;
  }

  /** How good a row is: the most words matched, then the fewest chunks, then the least distance, in one whole number below 2^53. */
  #key(matched: number, chunks: number, distance: number): number {
    return matched * this.#matchKey - chunks * this.#chunkKey - distance;
  }

  /**
   * Copies the row at `at`, with other counts, to where it belongs among the best ones: behind its equals.
   *
   * @returns Where the copy is; -1 where the beam has enough better ones.
   */
  #keep(at: number, matched: number, chunks: number): number {
    const width = this.#width;
    const { rows, order, keys } = this.#next;
    const key = this.#key(matched, chunks, this.#now.rows[at + DISTANCE]!);
    let place = this.#kept;
    let slot = place;
    if (place === BEAM) {
      place--;
      if (key <= keys[place]!) return -1;
      slot = order[place]!;
    } else {
      this.#kept++;
    }
    insert(this.#next, place, slot, key);
    const to = slot * width;
    rows[to + MATCHED] = matched;
    rows[to + CHUNKS] = chunks;
    for (let i = DISTANCE; i < width; i++) rows[to + i] = this.#now.rows[at + i]!;
    return to;
  }
}

/** Puts a row behind its equals, where `place` rows are in order. */
function insert({ order, keys }: ReturnType<typeof beam>, place: number, slot: number, key: number): void {
  for (; place > 0 && key > keys[place - 1]!; place--) {
    keys[place] = keys[place - 1]!;
    order[place] = order[place - 1]!;
  }
  keys[place] = key;
  order[place] = slot;
}

/** What a match adds to the words matched. As METEOR does: half of a match of one word is nothing. */
function gain(matches: Matches, match: number): number {
  const length = matches.rows[match + LENGTH]!;
  const fromLength = matches.rows[match + FROM_LENGTH]!;
  return matches.rows[match + MODULE_OF] === MODULE.exact ? length + fromLength : (length >> 1) + (fromLength >> 1);
}

/** Whether a match is the only one of all its words. */
function isAlone(matches: Matches, match: number): boolean {
  for (let k = 0; k < matches.rows[match + LENGTH]!; k++)
    if (matches.referenceCoverage[matches.rows[match + START]! + k] !== 1) return false;
  for (let i = 0; i < matches.rows[match + FROM_LENGTH]!; i++)
    if (matches.candidateCoverage[matches.rows[match + FROM]! + i] !== 1) return false;
  return true;
}
