/** Numbers of a table's entry: the n-gram of the first words, the last word, the number of the n-gram. */
const ENTRY = 3;

/** Numbers n-grams: each one that is seen gets the next number, an n-gram being the number of its first words and its last word. */
export class NgramTable {
  /** How many different n-grams have a number, words included. */
  size = 0;
  private readonly words = new Map<string, number>();
  // Open addressing with a power of two of slots: a slot holds where an entry ends, and 0 where it is free.
  private slots = new Int32Array(1 << 16);
  private entries = new Int32Array(ENTRY << 15);
  private end = 0;

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
    const { slots, entries } = this;
    const mask = slots.length - 1;
    let slot = hash(prefix, last) & mask;
    for (let end = slots[slot]!; end !== 0; end = slots[slot]!) {
      if (entries[end - 3] === prefix && entries[end - 2] === last) return entries[end - 1]!;
      slot = (slot + 1) & mask;
    }
    entries[this.end] = prefix;
    entries[this.end + 1] = last;
    entries[this.end + 2] = this.size;
    this.end += ENTRY;
    slots[slot] = this.end;
    if (this.end === entries.length) this.grow();
    return this.size++;
  }

  private grow(): void {
    const entries = new Int32Array(this.entries.length * 2);
    entries.set(this.entries);
    this.entries = entries;
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let end = ENTRY; end <= this.end; end += ENTRY) {
      let slot = hash(entries[end - 3]!, entries[end - 2]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = end;
    }
    this.slots = slots;
  }
}

/** Mixes both numbers into all bits, so that numbers in a row don't fall into slots in a row. */
function hash(prefix: number, last: number): number {
  const h = Math.imul(prefix, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b);
  return h ^ (h >>> 15);
}
