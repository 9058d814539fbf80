import { fail, show } from "@rsdix/internal";

/** What `tile: "auto"` may keep of matrices that it would otherwise compute again: 64 MiB, so that 4,096 pairs keep one. */
const KEEP_BYTES = 2 ** 26;
/** Entries of a strip that `tile: "auto"` chooses: 4 MiB, near what a core's cache holds, and wide enough for a fast product. */
const STRIP_ENTRIES = 2 ** 20;
/** Below it a product of a strip no longer runs at full speed. */
const STRIP_ROWS_MIN = 64;
/** Rows that `tile: "auto"` chooses for a tile on the way back. */
const BLOCK_ROWS = 256;
/** Columns of a tile on the way back: few enough that the transposed copies of their embeddings stay small. */
const BLOCK_COLUMNS = 2048;

/** How a loss of all pairs is computed. */
export interface TileOption {
  /**
   * Absent: the dense form, which holds M x N matrices. A number: strips of so many rows, with memory linear in N and M, forward and
   * backward. "auto": strips whose size is chosen, and matrices kept while they fit 64 MiB. Values and gradients are the same.
   */
  tile?: number | "auto" | undefined;
}

/** How a loss of M x N pairs is cut up: strips of rows on the way forward, tiles of rows and columns on the way back. */
export interface Plan {
  /** Rows of a strip, at most M. */
  readonly rows: number;
  /** Rows and columns of a tile on the way back, where nothing was kept. */
  readonly tile: { readonly rows: number; readonly columns: number };
  /** How many M x N matrices may be kept, in the loss's own order of preference. */
  readonly kept: number;
}

/**
 * The plan for `tile`: absent, the dense form (one strip, everything kept); a number, strips of so many rows, nothing kept;
 * "auto", strips of a good size, and kept what fits.
 */
export function planOf(tile: TileOption["tile"], m: number, n: number): Plan {
  if (tile === undefined) return { rows: m, tile: { rows: m, columns: n }, kept: 1 / 0 };
  const columns = Math.min(n, BLOCK_COLUMNS);
  if (tile === "auto") {
    const rows = Math.min(m, Math.max(STRIP_ROWS_MIN, Math.floor(STRIP_ENTRIES / n)));
    return { rows, tile: { rows: Math.min(m, BLOCK_ROWS), columns }, kept: Math.floor(KEEP_BYTES / (4 * m * n)) };
  }
  if (!(Number.isInteger(tile) && tile >= 1))
    fail("INVALID_ARGUMENT", `tile must be a whole number at least 1 or "auto", got ${show(tile)}.`);
  const rows = Math.min(m, tile);
  return { rows, tile: { rows, columns }, kept: 0 };
}
