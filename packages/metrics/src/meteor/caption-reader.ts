import { keepsStop, normalize } from "./normalize";
import type { WordTable } from "./word-table";

/** What stands between two blanks, as far as it says by itself what tokens it is. */
interface Piece {
  /** Of the tokens, the last mark not among them. */
  readonly words: Int32Array;
  /** Of the comma or full stop at its end; -1 for none. */
  readonly mark: number;
  /** Of a word that ends with a full stop: the word without it, and the number of the word with it. Empty for any other. */
  readonly stem: string;
  readonly withStop: number;
}

// One or two words of ASCII letters and digits, with a hyphen between them and a mark at the end; or a mark alone.
const PLAIN = /^(?:([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)?([.,]?)$/;

/** Splits captions as `normalize` does and numbers the tokens; what most captions are made of is split once. */
export class CaptionReader {
  readonly #words: WordTable;
  /** By what stands between blanks; undefined for what only the whole caption tells. */
  readonly #pieces = new Map<string, Piece | undefined>();
  /** The caption at hand; a piece has three tokens at most. */
  #numbers = new Int32Array(64);

  constructor(words: WordTable) {
    this.#words = words;
  }

  get size(): number {
    return this.#pieces.size;
  }

  read(caption: string): Int32Array {
    const words = caption.split(" ");
    if (this.#numbers.length < 3 * words.length) this.#numbers = new Int32Array(6 * words.length);
    const numbers = this.#numbers;
    let end = 0;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word === "") continue;
      let piece = this.#pieces.get(word);
      if (piece === undefined) {
        if (!this.#pieces.has(word)) this.#pieces.set(word, this.#pieceOf(word));
        piece = this.#pieces.get(word);
        if (piece === undefined) return Int32Array.from(normalize(caption), (token) => this.#words.numberOf(token));
      }
      const last = piece.words.length - 1;
      for (let k = 0; k < last; k++) numbers[end++] = piece.words[k]!;
      if (piece.stem !== "" && keepsStop(piece.stem, nextOf(words, i))) {
        numbers[end++] = piece.withStop;
        continue;
      }
      if (last >= 0) numbers[end++] = piece.words[last]!;
      if (piece.mark !== -1) numbers[end++] = piece.mark;
    }
    return numbers.slice(0, end);
  }

  #pieceOf(word: string): Piece | undefined {
    const found = PLAIN.exec(word);
    if (!found) return undefined;
    const numberOf = (text: string) => this.#words.numberOf(text.toLowerCase());
    const own = [found[1], found[2]].filter((part) => part !== undefined);
    const mark = found[3]!;
    const stem = mark === "." ? (own.at(-1) ?? "") : "";
    return {
      words: Int32Array.from(own, numberOf),
      mark: mark === "" ? -1 : numberOf(mark),
      stem,
      withStop: stem === "" ? -1 : numberOf(`${stem}.`),
    };
  }
}

function nextOf(words: readonly string[], i: number): string {
  let next = i + 1;
  while (words[next] === "") next++;
  return words[next] ?? "";
}
