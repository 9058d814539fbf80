import type { Raster, Samples } from "./raster";

/** A row that is ready. */
export type RowAt = (y: number) => Samples;

/**
 * Rows of a band, read in the blocks that the file stores and kept while a window moves down: a tile of 10,980 rows is never in memory as a whole, and no
 * block is decoded twice.
 */
export class RowWindow {
  private readonly blocks = new Map<number, Promise<Samples>>();

  constructor(
    readonly raster: Raster,
    private readonly band: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Makes rows `top` to `bottom` (excluded) ready, and forgets those above. */
  async moveTo(top: number, bottom: number): Promise<RowAt> {
    const { raster, band, signal } = this;
    const { blockRows, width, height } = raster;
    const first = Math.floor(top / blockRows);
    const last = Math.floor((bottom - 1) / blockRows);
    for (const block of this.blocks.keys()) if (block < first) this.blocks.delete(block);
    const wanted: Promise<Samples>[] = [];
    for (let block = first; block <= last; block++) {
      const rows = this.blocks.get(block) ?? raster.rows(band, block * blockRows, Math.min(height, (block + 1) * blockRows), signal);
      this.blocks.set(block, rows);
      wanted.push(rows);
    }
    const ready = await Promise.all(wanted).catch((error) => {
      this.blocks.clear(); // what failed may be tried again
      throw error;
    });
    return (y) => ready[Math.floor(y / blockRows) - first]!.subarray((y % blockRows) * width, ((y % blockRows) + 1) * width);
  }
}
