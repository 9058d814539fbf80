const LINE_END = 0x0a;

/** Sorted words of ASCII letters, in one array of bytes: a word's number is found by binary search. */
export class LemmaList {
  readonly #bytes: Uint8Array;
  /** Where each word begins, and where the last ends. */
  readonly #starts: Int32Array;

  /** @param coded - For each word how many letters it begins like the one before with, then what is left of each, a line each. */
  constructor(coded: Uint8Array, count: number, corrupt: (why: string) => never) {
    if (coded.length < count) corrupt(`its ${count} lemmas have ${coded.length} bytes`);
    this.#starts = new Int32Array(count + 1);
    // Two passes: the length is known before the bytes are allocated.
    let from = count;
    for (let i = 0, before = 0; i < count; i++) {
      let end = from;
      while (end < coded.length && coded[end] !== LINE_END) end++;
      if ((end === coded.length) !== (i === count - 1)) corrupt(`it has not ${count} lemmas`);
      if (coded[i]! > before) corrupt(`lemma ${i} begins with ${coded[i]} letters of a lemma of ${before}`);
      before = coded[i]! + end - from;
      if (before === 0 || before > MAX_LENGTH) corrupt(`lemma ${i} has ${before} letters`);
      this.#starts[i + 1] = this.#starts[i]! + before;
      from = end + 1;
    }
    const bytes = new Uint8Array(this.#starts[count]!);
    from = count;
    for (let i = 0, before = 0; i < count; i++) {
      const start = this.#starts[i]!;
      const end = this.#starts[i + 1]!;
      for (let k = 0; k < coded[i]!; k++) bytes[start + k] = bytes[before + k]!;
      for (let at = start + coded[i]!; at < end; at++) bytes[at] = coded[from++]!;
      from++;
      before = start;
    }
    this.#bytes = bytes;
  }

  /** A word's number, or -1. */
  indexOf(word: string): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(word, middle);
      if (order === 0) return middle;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return -1;
  }

  /** A number's word. */
  at(index: number): string {
    return String.fromCharCode(...this.#bytes.subarray(this.#starts[index]!, this.#starts[index + 1]!));
  }

  #compare(word: string, index: number): number {
    const start = this.#starts[index]!;
    const length = this.#starts[index + 1]! - start;
    for (let i = 0; i < word.length && i < length; i++) {
      const difference = word.charCodeAt(i) - this.#bytes[start + i]!;
      if (difference !== 0) return difference;
    }
    return word.length - length;
  }
}

// The longest of WordNet 3.0 has 71 letters; a damaged file must not ask for 147,306 times what a byte's prefix lets it.
const MAX_LENGTH = 255;
