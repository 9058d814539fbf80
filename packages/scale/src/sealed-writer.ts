import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { ByteWriter } from "hyparquet-writer";
import { SEALED_END, sealPlace } from "./seal";

/** Bytes that wait in memory. */
const PIECE = 1 << 20;

/** What a Parquet file with `sealNote` is written to, piece by piece: it need not fit into memory, and its hash is made on the way. */
export class SealedWriter extends ByteWriter {
  private readonly hash = createHash("sha256");
  private readonly file: number;
  private isOpen = true;

  constructor(path: string) {
    super();
    this.file = openSync(path, "w+");
  }

  override ensure(size: number): void {
    if (this.index > PIECE) this.drain();
    super.ensure(size);
  }

  /** Writes the rest and the seal, and has the disk keep them. */
  override finish(): void {
    this.drain();
    const end = new Uint8Array(Math.min(SEALED_END, this.offset));
    const start = this.offset - end.length;
    readSync(this.file, end, 0, end.length, start);
    writeSync(this.file, this.hash.digest("hex"), start + sealPlace(end), "latin1");
    fsyncSync(this.file);
    this.close();
  }

  /** Closes the file, finished or not. */
  close(): void {
    if (this.isOpen) closeSync(this.file);
    this.isOpen = false;
  }

  private drain(): void {
    const piece = new Uint8Array(this.buffer, 0, this.index);
    this.hash.update(piece);
    writeFileSync(this.file, piece);
    this.index = 0;
  }
}
