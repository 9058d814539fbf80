import { fail } from "@rsdix/internal";

/**
 * Reads a protocol buffer field by field: `next` gives a field's number (0 at the end), then one of the others reads or skips its value.
 * Whatever the file claims, nothing outside of its bytes is read and nothing is allocated for a length before it is known to fit.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  private position = 0;
  private wireType = 0;

  constructor(private readonly buffer: Uint8Array) {}

  /** The number of the next field, 0 at the end. */
  next(): number {
    if (this.position === this.buffer.length) return 0;
    const key = this.rawVarint();
    this.wireType = key % 8;
    const field = Math.floor(key / 8);
    if (field === 0) damaged("a field has the number 0");
    return field;
  }

  /** A whole number: what is beyond 2^53 loses its last bits, and nothing read here is. */
  varint(): number {
    this.expect(0);
    return this.rawVarint();
  }

  float(): number {
    this.expect(5);
    const at = this.take(4);
    return new DataView(this.buffer.buffer, this.buffer.byteOffset + at, 4).getFloat32(0, true);
  }

  bytes(): Uint8Array {
    this.expect(2);
    const length = this.rawVarint();
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  text(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes());
    } catch (error) {
      damaged("a text isn't UTF-8", error);
    }
  }

  message(): ProtobufReader {
    return new ProtobufReader(this.bytes());
  }

  skip(): void {
    if (this.wireType === 0) this.rawVarint();
    else if (this.wireType === 1) this.take(8);
    else if (this.wireType === 2) this.bytes();
    else if (this.wireType === 5) this.take(4);
    else damaged(`a field has the type ${this.wireType}, which isn't used any more`);
  }

  private rawVarint(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.buffer[this.take(1)]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    damaged("a number has more than 10 bytes");
  }

  private take(length: number): number {
    const at = this.position;
    if (length > this.buffer.length - at) damaged(`it ends where ${length} more bytes were due: it is cut off`);
    this.position = at + length;
    return at;
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) damaged(`a field has the type ${this.wireType}, expected ${wireType}`);
  }
}

function damaged(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable SentencePiece model: ${what}.`, cause);
}
