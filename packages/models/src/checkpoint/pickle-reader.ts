import { fail } from "@rsdix/internal";

/** A long integer of a pickle: 64 bits take 9 bytes, a hash 33. A larger one costs quadratic time to print. */
const MAX_INTEGER_BYTES = 64;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a pickle, read in order; every length is checked against what is left before anything is allocated. */
export class PickleReader {
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next byte lies. */
  get position(): number {
    return this.#at;
  }

  #take(length: number): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    if (length > left) corrupt(`a value of ${length} bytes at byte ${at}, where ${left} are left: it is cut off`);
    this.#at = at + length;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8)); // the one number that pickles have in big-endian order
  }
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : corrupt(`a length of ${value} bytes`);
  }

  /** A length in 32 bits with a sign, as old opcodes have it. */
  signedLength(): number {
    const length = this.i32();
    return length >= 0 ? length : corrupt(`a length of ${length} bytes`);
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  /** Text in UTF-8. Python writes lone surrogates too, which are no text: they are refused. */
  text(length: number): string {
    const at = this.#take(length);
    const bytes = this.#bytes.subarray(at, at + length);
    // Names of arrays are short and without accents; a decoder takes ten times as long to be called.
    if (length < 64 && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
    try {
      return UTF8.decode(bytes);
    } catch (error) {
      return corrupt(`text at byte ${at} that isn't UTF-8`, error);
    }
  }

  /** Text of Python 2, byte by byte, in pieces: a string that grows by a letter takes thirty times its length in memory. */
  latin1(length: number): string {
    const start = this.#take(length);
    const bytes = this.#bytes.subarray(start, start + length);
    const pieces: string[] = [];
    // Not spread, which takes five times as long for an array of numbers.
    for (let at = 0; at < length; at += 4096) pieces.push(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 4096)));
    return pieces.join("");
  }

  /** Text to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) corrupt(`a line without an end at byte ${this.#at}`);
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** A whole number in two's complement; a bigint where a number would lose digits. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) corrupt(`a whole number of ${length} bytes, more than ${MAX_INTEGER_BYTES}`);
    if (length === 0) return 0;
    const at = this.#take(length);
    const words = Math.ceil(length / 8);
    const padded = new Uint8Array(8 * words).fill(this.#bytes[at + length - 1]! & 0x80 ? 0xff : 0);
    padded.set(this.#bytes.subarray(at, at + length));
    const view = new DataView(padded.buffer);
    let value = view.getBigInt64(8 * words - 8, true);
    for (let i = words - 2; i >= 0; i--) value = (value << 64n) | view.getBigUint64(8 * i, true);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}

/** Throws FILE_CORRUPT for a pickle: `what` is what it has. */
export function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable torch checkpoint: its pickle has ${what}.`, cause);
}
