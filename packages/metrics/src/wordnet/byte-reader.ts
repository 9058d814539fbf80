import { fail } from "@rsdix/internal";

/** Reads a file's bytes in order; what is not there is FILE_CORRUPT, said of `what`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** Throws FILE_CORRUPT. */
  corrupt(why: string): never {
    return fail("FILE_CORRUPT", `${this.#what} is damaged, or of another version: ${why}. Fetch or make it again.`);
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Throws FILE_CORRUPT unless all was read. */
  end(): void {
    if (this.#left > 0) this.corrupt(`${this.#left === 1 ? "1 byte follows" : `${this.#left} bytes follow`} its end`);
  }

  /** The next bytes, as a view. */
  take(length: number): Uint8Array {
    if (length > this.#left) this.corrupt(`${length} bytes are missing at byte ${this.#at} of ${this.#bytes.length}`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number {
    const [a, b, c, d] = this.take(4) as unknown as [number, number, number, number];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** A length and as many bytes; `expected` where the length is known. */
  section(name: string, expected?: number): Uint8Array {
    const length = this.uint32();
    if (expected !== undefined && length !== expected) this.corrupt(`its ${name} have ${length} bytes instead of ${expected}`);
    return this.take(length);
  }
}
