/** Numbers n-grams: each one that is seen gets the next number, an n-gram being the number of its first words and its last word. */
export class NgramTable {
  /** How many different n-grams have a number, words included. */
  size = 0;
  private readonly words = new Map<string, number>();
  // Open addressing with a power of two of slots: a slot holds a number plus one, and 0 where it is free.
  private slots = new Int32Array(1 << 12);
  private prefixes = new Int32Array(1 << 11);
  private lasts = new Int32Array(1 << 11);
  private used = 0;
  private numbers = new Int32Array(1 << 11);

  /** The number of a word. */
  word(word: string): number {
    const known = this.words.get(word);
    if (known !== undefined) return known;
    const number = this.size++;
    this.words.set(word, number);
    return number;
  }

  /** The number of the n-gram that is `prefix`, an n-gram, and then the word `last`. */
  extend(prefix: number, last: number): number {
    const mask = this.slots.length - 1;
    let slot = hash(prefix, last) & mask;
    for (;;) {
      const entry = this.slots[slot]! - 1;
      if (entry < 0) break;
      if (this.prefixes[entry] === prefix && this.lasts[entry] === last) return this.numbers[entry]!;
      slot = (slot + 1) & mask;
    }
    const entry = this.used++;
    this.slots[slot] = entry + 1;
    this.prefixes[entry] = prefix;
    this.lasts[entry] = last;
    this.numbers[entry] = this.size;
    if (this.used === this.prefixes.length) this.grow();
    return this.size++;
  }

  private grow(): void {
    const length = this.used * 2;
    this.prefixes = grown(this.prefixes, length);
    this.lasts = grown(this.lasts, length);
    this.numbers = grown(this.numbers, length);
    this.slots = new Int32Array(length * 2);
    const mask = this.slots.length - 1;
    for (let entry = 0; entry < this.used; entry++) {
      let slot = hash(this.prefixes[entry]!, this.lasts[entry]!) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = entry + 1;
    }
  }
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}

/** Mixes both numbers into all bits, so that numbers in a row don't fall into slots in a row. */
function hash(prefix: number, last: number): number {
  let h = Math.imul(prefix, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
