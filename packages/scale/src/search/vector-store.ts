import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import { damaged } from "./manifest";
import { usearchLibrary } from "./usearch";

/** A row, and the cosine of its vector and the query. */
export interface Hit {
  readonly row: number;
  readonly score: number;
}

/** Vectors that are in memory at a time. */
const AT_A_TIME = 8192;
/** How far from 1 the length of a vector may be that was not damaged. */
const LENGTH_SLACK = 1e-3;

/** The vectors as they were given, scaled to length 1, in a file: row after row, float32. */
export class VectorStore {
  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    readonly rows: number,
    readonly dim: number,
  ) {}

  static async open(path: string, rows: number, dim: number): Promise<VectorStore> {
    const handle = await open(path).catch((error: Error) => damaged(path, "it cannot be read", error));
    return new VectorStore(handle, path, rows, dim);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Neighbouring rows, in memory of their own. */
  async read(first: number, count: number): Promise<Float32Array> {
    const values = new Float32Array(count * this.dim);
    const bytes = new Uint8Array(values.buffer);
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, first * this.dim * Float32Array.BYTES_PER_ELEMENT);
    if (bytesRead !== bytes.length) damaged(this.path, `it ends in row ${first + Math.floor(bytesRead / 4 / this.dim)}`);
    return values;
  }

  /** One row: so short a reading that waiting for another thread would take longer. */
  private readRow(row: number): Float32Array {
    const values = new Float32Array(this.dim);
    if (readSync(this.handle.fd, values, 0, values.byteLength, row * values.byteLength) !== values.byteLength)
      damaged(this.path, `it ends in row ${row}`);
    return values;
  }

  /** The best of some rows for a query. */
  best(rows: Iterable<number>, query: Float32Array, k: number): Hit[] {
    const hits = [...rows].map((row) => ({ row, score: this.product(this.readRow(row), 0, query, row) }));
    return hits.sort(byScore).slice(0, k);
  }

  /** The best of all rows, or of those of the mask, for each of several queries: all vectors are read. */
  async bestOfAll(queries: readonly Float32Array[], k: number, options: SearchAllOptions = {}): Promise<Hit[][]> {
    const { mask, signal } = options;
    const { dim } = this;
    const { exactSearch } = await usearchLibrary();
    const flat = new Float32Array(queries.length * dim);
    for (const [i, query] of queries.entries()) flat.set(query, i * dim);
    const best: Hit[][] = queries.map(() => []);
    for (let first = 0; first < this.rows; first += AT_A_TIME) {
      if (signal?.aborted) fail("ABORTED", "The search was stopped.", signal.reason);
      const rows = rowsOf(first, Math.min(first + AT_A_TIME, this.rows), mask);
      if (rows.length === 0) continue;
      const values = await this.gather(rows);
      const wanted = Math.min(k, rows.length);
      // The library takes an array's buffer from its start: neither of the two may be a part of another.
      const { keys } = exactSearch(values, flat, dim, wanted, "ip" as never, threads());
      for (const [i, query] of queries.entries()) {
        const found = [...keys.subarray(i * wanted, (i + 1) * wanted)].map(Number);
        const hits = found.map((at) => ({ row: rows[at]!, score: this.product(values, at * dim, query, rows[at]!) }));
        best[i] = [...best[i]!, ...hits].sort(byScore).slice(0, k);
      }
    }
    return best;
  }

  private async gather(rows: readonly number[]): Promise<Float32Array> {
    const [first, last] = [rows[0]!, rows.at(-1)!];
    const { dim } = this;
    const values = await this.read(first, last - first + 1);
    if (rows.length === last - first + 1) return values;
    for (const [i, row] of rows.entries()) values.copyWithin(i * dim, (row - first) * dim, (row - first + 1) * dim);
    return values.slice(0, rows.length * dim);
  }

  /** The cosine, in double precision, so that it is the same however a row was found. */
  private product(values: Float32Array, start: number, query: Float32Array, row: number): number {
    let [score, length] = [0, 0];
    for (let j = 0; j < this.dim; j++) {
      const value = values[start + j]!;
      score += value * query[j]!;
      length += value * value;
    }
    if (!(Math.abs(length - 1) < LENGTH_SLACK)) damaged(this.path, `the vector of row ${row} is not of length 1`);
    return score;
  }
}

interface SearchAllOptions {
  /** A 1 for each row that counts. */
  readonly mask?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Threads for the library: as `RSDIX_THREADS` says, or one a core, which it calls 0. */
export const threads = () => Number(process.env.RSDIX_THREADS) || 0;

const byScore = (a: Hit, b: Hit) => b.score - a.score || a.row - b.row;

function rowsOf(first: number, end: number, mask: Uint8Array | undefined): number[] {
  const rows = [];
  for (let row = first; row < end; row++) if (!mask || mask[row]) rows.push(row);
  return rows;
}
