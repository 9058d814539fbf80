/** Reads pieces of bytes as they are wanted, and knows where it is. */
export class ByteReader {
  /** How many bytes were taken. */
  position = 0;
  private piece = new Uint8Array();

  constructor(private readonly pieces: AsyncGenerator<Uint8Array, void>) {}

  /** The next bytes without taking them, at most `count`; fewer only at the end. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.piece.length < count) {
      const { done, value } = await this.pieces.next();
      if (done) break;
      this.piece = this.piece.length === 0 ? (value as Uint8Array<ArrayBuffer>) : joined(this.piece, value);
    }
    return this.piece.subarray(0, count);
  }

  /** The next bytes, `count` of them; fewer only at the end. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    this.advance(bytes.length);
    return bytes;
  }

  /** The next bytes as they come, at most `count` of them; none at the end. */
  async some(count: number): Promise<Uint8Array> {
    const bytes = (await this.peek(Math.min(1, count))).length > 0 ? this.piece.subarray(0, count) : new Uint8Array();
    this.advance(bytes.length);
    return bytes;
  }

  /** All bytes that are left. */
  async *rest(): AsyncGenerator<Uint8Array, void> {
    try {
      for (let bytes = await this.some(Number.POSITIVE_INFINITY); bytes.length > 0; bytes = await this.some(Number.POSITIVE_INFINITY)) {
        yield bytes;
      }
    } finally {
      await this.close();
    }
  }

  /** Stops what the bytes come from. */
  async close(): Promise<void> {
    await this.pieces.return();
  }

  private advance(count: number): void {
    this.piece = this.piece.subarray(count);
    this.position += count;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
