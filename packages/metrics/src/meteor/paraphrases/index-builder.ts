import { fail } from "@rsdix/internal";
import { Growing, Interner } from "./growing";
import { MAX_PHRASE_WORDS, type ParaphraseIndex, wordNumbers } from "./paraphrase-index";

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

// METEOR's English table has phrases of 71 bytes; a line without end must not fill the memory.
const MAX_LINE = 4096;

/**
 * Reads a paraphrase table as METEOR has it, piece by piece: for each entry a line with its probability, which is not used, a line with a
 * phrase and a line with what may replace it. Each word that is kept takes 4 bytes meanwhile.
 */
export class IndexBuilder {
  readonly #what: string;
  readonly #words = new Interner();
  readonly #lefts = new Interner();
  /** Runs of entries with the same left phrase: its number, and where its right phrases and their words begin. */
  readonly #runLefts = new Growing();
  readonly #runRights = new Growing();
  readonly #runWords = new Growing();
  readonly #rightLengths = new Growing();
  readonly #rightWords = new Growing();
  readonly #line = new Uint8Array(MAX_LINE);
  #lineLength = 0;
  #lines = 0;
  readonly #phrase = new Uint32Array(MAX_PHRASE_WORDS);
  #left = -1;
  /** The line of the left phrase: mostly the next entry has the same. */
  readonly #leftLine = new Uint8Array(MAX_LINE);
  #leftLength = -1;

  /** @param what - Names the table in messages. */
  constructor(what: string) {
    this.#what = what;
  }

  add(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      const end = piece.indexOf(LINE_END, from);
      const to = end === -1 ? piece.length : end;
      if (this.#lineLength + to - from > MAX_LINE) this.#corrupt(`is longer than ${MAX_LINE} bytes`);
      if (this.#lineLength === 0 && end !== -1) this.#readLine(piece, from, to);
      else {
        this.#line.set(piece.subarray(from, to), this.#lineLength);
        this.#lineLength += to - from;
        if (end !== -1) this.#endLine();
      }
      from = to + 1;
    }
  }

  finish(): ParaphraseIndex {
    if (this.#lineLength > 0) this.#endLine();
    if (this.#lines % 3 !== 0) this.#corrupt("is the last, in the middle of an entry");
    const wordCount = this.#words.size;
    const { starts, items } = this.#words.arrays();
    const letters = Uint8Array.from(items);
    const decoder = new TextDecoder();
    const words = Array.from({ length: wordCount }, (_, i) => decoder.decode(letters.subarray(starts[i], starts[i + 1])));
    const leftCount = this.#lefts.size;
    const lefts = this.#lefts.arrays();
    const leftStarts = Int32Array.from(lefts.starts);
    const leftWords = wordNumbers(lefts.items.length, wordCount);
    leftWords.set(lefts.items);
    this.#endRun(); // so that each run's end is the next one's start
    const runs = this.#runLefts.length - 1;
    const order = runs === leftCount ? undefined : this.#runsByLeft(leftCount);
    const rightLengths = new Uint8Array(this.#rightLengths.length);
    const rightWords = wordNumbers(this.#rightWords.length, wordCount);
    const rightStarts = new Int32Array(leftCount + 1);
    const rightWordStarts = new Int32Array(leftCount + 1);
    if (order === undefined) {
      this.#rightLengths.moveTo(rightLengths);
      this.#rightWords.moveTo(rightWords);
      this.#runRights.moveTo(rightStarts);
      this.#runWords.moveTo(rightWordStarts);
    } else {
      let right = 0;
      let word = 0;
      for (const run of order) {
        for (let i = this.#runRights.at(run); i < this.#runRights.at(run + 1); i++) rightLengths[right++] = this.#rightLengths.at(i);
        for (let i = this.#runWords.at(run); i < this.#runWords.at(run + 1); i++) rightWords[word++] = this.#rightWords.at(i);
        rightStarts[this.#runLefts.at(run) + 1] = right;
        rightWordStarts[this.#runLefts.at(run) + 1] = word;
      }
    }
    return { words, leftStarts, leftWords, rightStarts, rightWordStarts, rightLengths, rightWords };
  }

  #endLine(): void {
    const length = this.#lineLength;
    this.#lineLength = 0;
    this.#readLine(this.#line, 0, length);
  }

  #readLine(bytes: Uint8Array, from: number, lineEnd: number): void {
    const kind = this.#lines++ % 3;
    const to = lineEnd > from && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    if (kind === 0) {
      const first = bytes[from]!;
      if (from === to || first < ZERO || first > NINE) this.#corrupt("should begin with a probability");
      return;
    }
    if (kind === 1 && this.#isLeftLine(bytes, from, to)) return;
    let count = 0;
    for (let start = from; start < to; ) {
      let end = start;
      while (end < to && bytes[end] !== SPACE) end++;
      if (end > start) {
        if (count === MAX_PHRASE_WORDS) this.#corrupt(`has more than ${MAX_PHRASE_WORDS} words`);
        this.#phrase[count++] = this.#words.numberOf(bytes, start, end);
      }
      start = end + 1;
    }
    if (count === 0) this.#corrupt("should be a phrase");
    if (kind === 1) {
      this.#leftLine.set(bytes.subarray(from, to));
      this.#leftLength = to - from;
      const left = this.#lefts.numberOf(this.#phrase, 0, count);
      if (left === this.#left) return;
      this.#left = left;
      this.#endRun();
      return;
    }
    this.#rightLengths.push(count);
    for (let i = 0; i < count; i++) this.#rightWords.push(this.#phrase[i]!);
  }

  #isLeftLine(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from !== this.#leftLength) return false;
    for (let i = from; i < to; i++) if (bytes[i] !== this.#leftLine[i - from]) return false;
    return true;
  }

  #endRun(): void {
    this.#runLefts.push(this.#left);
    this.#runRights.push(this.#rightLengths.length);
    this.#runWords.push(this.#rightWords.length);
  }

  /** The runs by their left phrases, in the table's order. */
  #runsByLeft(leftCount: number): number[] {
    const runs: number[][] = Array.from({ length: leftCount }, () => []);
    for (let run = 0; run < this.#runLefts.length - 1; run++) runs[this.#runLefts.at(run)]!.push(run);
    return runs.flat();
  }

  #corrupt(why: string): never {
    return fail("FILE_CORRUPT", `${this.#what} is no paraphrase table of METEOR: line ${this.#lines} ${why}. Fetch it again.`);
  }
}
