import { addToHash, placeOf, type WordNumbers } from "./paraphrase-index";

const CHUNK = 2 ** 16;

/** Whole numbers of at most 32 bits, any number of them, without copying those that are there when more come. */
export class Growing {
  readonly #chunks: Uint32Array[] = [];
  #last = new Uint32Array(0);
  length = 0;

  push(value: number): void {
    const at = this.length++ % CHUNK;
    if (at === 0) {
      this.#last = new Uint32Array(CHUNK);
      this.#chunks.push(this.#last);
    }
    this.#last[at] = value;
  }

  at(i: number): number {
    return this.#chunks[Math.floor(i / CHUNK)]![i % CHUNK]!;
  }

  /** Moves all of them into an array, chunk by chunk, so that not everything is held twice. */
  moveTo<A extends WordNumbers | Uint8Array | Int32Array>(array: A): A {
    const { length } = this;
    for (let i = 0; i < length; i += CHUNK) array.set(this.#chunks.shift()!.subarray(0, Math.min(CHUNK, length - i)), i);
    this.length = 0;
    return array;
  }
}

/** Numbers sequences of numbers (the letters of a word, the words of a phrase) in the order in which they come first. */
export class Interner {
  /** Where each begins in `#items`, and where the last ends. */
  #starts = new Uint32Array(1024);
  #items = new Uint32Array(8192);
  #slots = new Int32Array(2048).fill(-1);
  size = 0;

  numberOf(items: ArrayLike<number>, from: number, to: number): number {
    let hash = 0;
    for (let i = from; i < to; i++) hash = addToHash(hash, items[i]!);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = placeOf(hash) & mask;
    for (; slots[slot] !== -1; slot = (slot + 1) & mask) if (this.#is(slots[slot]!, items, from, to)) return slots[slot]!;
    slots[slot] = this.size;
    const start = this.#starts[this.size]!;
    const end = start + to - from;
    if (end > this.#items.length) this.#items = twice(this.#items);
    for (let i = from; i < to; i++) this.#items[start + i - from] = items[i]!;
    if (++this.size === this.#starts.length) this.#starts = twice(this.#starts);
    this.#starts[this.size] = end;
    if (2 * this.size > slots.length) this.#widen();
    return this.size - 1;
  }

  /** The starts, one more than there are sequences, and the items. */
  arrays(): { starts: Uint32Array; items: Uint32Array } {
    return { starts: this.#starts.subarray(0, this.size + 1), items: this.#items.subarray(0, this.#starts[this.size]) };
  }

  #is(number: number, items: ArrayLike<number>, from: number, to: number): boolean {
    const start = this.#starts[number]!;
    if (this.#starts[number + 1]! - start !== to - from) return false;
    for (let i = from; i < to; i++) if (this.#items[start + i - from] !== items[i]) return false;
    return true;
  }

  #widen(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let hash = 0;
      for (let i = this.#starts[number]!; i < this.#starts[number + 1]!; i++) hash = addToHash(hash, this.#items[i]!);
      let slot = placeOf(hash) & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

function twice(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * array.length);
  longer.set(array);
  return longer;
}
