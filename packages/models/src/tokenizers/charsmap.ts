import { fail } from "@rsdix/internal";

/** The longest replacement in bytes: Unicode's longest (U+FDFA) has 33; a hostile map would make a book of every letter. */
const MAX_REPLACEMENT = 256;

/** What a normalisation map replaces at a place of a text: how many bytes, and by what. */
export interface Replacement {
  readonly length: number;
  readonly text: string;
}

/**
 * The normalisation map inside a SentencePiece model: a double-array trie over UTF-8 bytes whose leaves are offsets of zero-ended
 * strings. The layout is the trie's length in bytes (32 bits), the trie (32-bit units), the strings.
 *
 * @see https://github.com/google/sentencepiece/blob/master/doc/normalization.md
 */
export class Charsmap {
  private readonly units: Uint32Array;
  private readonly strings: Uint8Array;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = bytes.byteLength >= 4 ? view.getUint32(0, true) : 0;
    if (length === 0 || length % 4 !== 0 || 4 + length >= bytes.byteLength)
      corrupt(`its trie claims ${length} of ${bytes.byteLength} bytes`);
    this.units = Uint32Array.from({ length: length / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.strings = bytes.subarray(4 + length);
    if (this.strings.at(-1) !== 0) corrupt("its last string has no end");
  }

  /** The longest entry that the bytes from `start` on begin with. */
  longest(bytes: Uint8Array, start: number): Replacement | undefined {
    let found: { length: number; offset: number } | undefined;
    let node = this.childrenOf(0);
    for (let i = start; i < bytes.length; i++) {
      const byte = bytes[i]!;
      node = (node ^ byte) >>> 0;
      const unit = this.unit(node);
      // A unit's label says whose child it is; a leaf has the top bit set, so that no byte equals it.
      if ((unit & 0x800000ff) >>> 0 !== byte) break;
      const next = this.childrenOf(node);
      if ((unit >>> 8) & 1) found = { length: i + 1 - start, offset: this.unit(next) & 0x7fffffff };
      node = next;
    }
    return found && { length: found.length, text: this.string(found.offset) };
  }

  /** What the children of a node are counted from; its bits tell the distance, in steps of 1 or 256. */
  private childrenOf(node: number): number {
    const unit = this.unit(node);
    return (node ^ ((unit >>> 10) << ((unit & 0x200) >>> 6))) >>> 0;
  }

  private unit(node: number): number {
    return this.units[node] ?? corrupt("its trie points outside of itself");
  }

  private string(offset: number): string {
    const end = offset < this.strings.length ? this.strings.indexOf(0, offset) : -1;
    if (end < 0 || end - offset > MAX_REPLACEMENT) corrupt(`it has a replacement of more than ${MAX_REPLACEMENT} bytes, or outside of it`);
    return new TextDecoder().decode(this.strings.subarray(offset, end));
  }
}

function corrupt(what: string): never {
  fail("FILE_CORRUPT", `The tokenizer's normalisation map is damaged: ${what}.`);
}
