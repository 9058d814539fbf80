import { fail, show } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import type { FeatureFile } from "./feature-file";

/** Rows as they come in; parts are written when they are full. A row that is left out is kept as NaN, which no features are: the next run tries it again. */
export class FeatureRows {
  private values: Float32Array | undefined;
  private dim = 0;
  private readonly left: number[]; // rows that a part still lacks
  private readonly unwritten = new Set<number>();
  private readonly out = new Set<number>();

  constructor(
    private readonly records: readonly CaptionRecord[],
    private readonly file: FeatureFile,
  ) {
    this.left = file.spans.map(() => 0);
  }

  /** Takes what the cache has; gives the rows that it hasn't. */
  async load(): Promise<number[]> {
    const missing: number[] = [];
    for (const [part, { first, rows }] of this.file.spans.entries()) {
      const values = await this.file.read(part);
      const dim = values && values.length / rows;
      for (let i = 0; i < rows; i++) {
        const row = dim && values.subarray(i * dim, (i + 1) * dim);
        if (row && !Number.isNaN(row[0])) {
          this.place(first + i, row);
          continue;
        }
        missing.push(first + i);
        this.left[part]!++;
        this.unwritten.add(part);
      }
    }
    return missing;
  }

  /** Takes what a batch's images are embedded as. */
  async add(own: readonly number[], values: Float32Array): Promise<void> {
    const dim = values?.length / own.length;
    if (!(values instanceof Float32Array) || !Number.isInteger(dim) || dim === 0 || (this.dim > 0 && dim !== this.dim)) {
      const wants = this.dim > 0 ? `${own.length} x ${this.dim}` : `${own.length} rows of`;
      const hint = this.file.width === undefined ? "" : " The cache has features of that width: the model of this name is another.";
      fail(
        "SHAPE_MISMATCH",
        `embed must give a Float32Array of ${wants} numbers for ${own.length} images, got ${values?.length ?? show(values)}.${hint}`,
      );
    }
    const broken = values.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) {
      const { filename } = this.records[own[Math.floor(broken / dim)]!]!;
      fail("NOT_A_NUMBER", `The features of "${filename}" have ${values[broken]} at ${broken % dim}: nothing of its batch is kept.`);
    }
    for (const [i, row] of own.entries()) {
      this.place(row, values.subarray(i * dim, (i + 1) * dim));
      this.left[this.file.partOf(row)]!--;
    }
    await this.writeFull();
  }

  /** A row that there are no features for. */
  leaveOut(row: number): void {
    this.out.add(row);
    this.left[this.file.partOf(row)]!--;
  }

  /** Writes the rest; gives the rows that there are, one after the other. */
  async finish(): Promise<{ values: Float32Array; dim: number; records: readonly CaptionRecord[] }> {
    await this.writeFull();
    const { values, dim, records, out } = this;
    if (out.size === 0) return { values: values!, dim, records };
    const kept = [...records.keys()].filter((row) => !out.has(row));
    const whole = new Float32Array(kept.length * dim);
    for (const [i, row] of kept.entries()) whole.set(values!.subarray(row * dim, (row + 1) * dim), i * dim);
    return { values: whole, dim, records: kept.map((row) => records[row]!) };
  }

  private async writeFull(): Promise<void> {
    const { values, dim, out } = this;
    if (!values) return;
    for (const part of this.unwritten) {
      if (this.left[part]! > 0) continue;
      this.unwritten.delete(part);
      const { first, rows } = this.file.spans[part]!;
      const own = values.slice(first * dim, (first + rows) * dim);
      for (let i = 0; i < rows; i++) if (out.has(first + i)) own.fill(Number.NaN, i * dim, (i + 1) * dim);
      await this.file.write(part, own, dim);
    }
  }

  private place(row: number, values: Float32Array): void {
    this.dim = values.length;
    this.values ??= new Float32Array(this.records.length * this.dim);
    this.values.set(values, row * this.dim);
  }
}
