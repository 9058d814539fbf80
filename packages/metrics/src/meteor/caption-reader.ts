import { keepsStop, normalize } from "./normalize";
import type { WordTable } from "./word-table";

/** What stands between two blanks, as far as it says by itself what tokens it is. */
interface Piece {
  /** Of the tokens, the last mark not among them. */
  readonly words: readonly number[];
  /** Of the comma or full stop at its end; -1 for none. */
  readonly mark: number;
  /** Of a word that ends with a full stop: the word without it, and the number of the word with it. */
  readonly stem: string | undefined;
  readonly withStop: number;
}

// One or two words of ASCII letters and digits, with a hyphen between them and a mark at the end; or a mark alone.
const PLAIN = /^(?:([A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?)?([.,]?)$/;

/** Splits captions as `normalize` does and numbers the tokens; what most captions are made of is split once. */
export class CaptionReader {
  readonly #words: WordTable;
  /** By what stands between blanks; undefined for what only the whole caption tells. */
  readonly #pieces = new Map<string, Piece | undefined>();

  constructor(words: WordTable) {
    this.#words = words;
  }

  get size(): number {
    return this.#pieces.size;
  }

  read(caption: string): Int32Array {
    const words = caption.split(" ");
    const numbers: number[] = [];
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word === "") continue;
      let piece = this.#pieces.get(word);
      if (piece === undefined) {
        if (!this.#pieces.has(word)) this.#pieces.set(word, this.#pieceOf(word));
        piece = this.#pieces.get(word);
        if (piece === undefined) return new Int32Array(normalize(caption).map((token) => this.#words.numberOf(token)));
      }
      const last = piece.words.length - 1;
      for (let k = 0; k < last; k++) numbers.push(piece.words[k]!);
      if (piece.stem !== undefined && keepsStop(piece.stem, nextOf(words, i))) {
        numbers.push(piece.withStop);
        continue;
      }
      if (last >= 0) numbers.push(piece.words[last]!);
      if (piece.mark !== -1) numbers.push(piece.mark);
    }
    return new Int32Array(numbers);
  }

  #pieceOf(word: string): Piece | undefined {
    const found = PLAIN.exec(word);
    if (!found) return undefined;
    const numberOf = (text: string) => this.#words.numberOf(text.toLowerCase());
    const own = [found[1], found[2]].filter((part) => part !== undefined);
    const mark = found[3]!;
    const stem = mark === "." ? own.at(-1) : undefined;
    return {
      words: own.map(numberOf),
      mark: mark === "" ? -1 : numberOf(mark),
      stem,
      withStop: stem === undefined ? -1 : numberOf(`${stem}.`),
    };
  }
}

function nextOf(words: readonly string[], i: number): string {
  let next = i + 1;
  while (words[next] === "") next++;
  return words[next] ?? "";
}
