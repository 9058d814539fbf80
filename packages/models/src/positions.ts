import { checkRange, fail, show, showShape } from "@rsdix/internal";
import type { CheckpointTensor } from "./checkpoint/checkpoint";
import type { LazyCheckpoint, LazyTensor } from "./checkpoint/lazy-checkpoint";
import { bicubicTaps } from "./positions-bicubic";

/** The vision tower's table, in the names of CLIP and SigLIP. */
const TABLE = "vision_model.embeddings.position_embedding.weight";

/** The most patches a side: 16,384 pixels in patches of one. */
const MAX_GRID = 16_384;

/** What of a configuration its image size concerns. */
export interface WithImage {
  /** The vision transformer. */
  readonly image: { readonly size: number; readonly patch: number };
}

/**
 * A table of position embeddings for another number of patches: the grid is enlarged or reduced like an image, bicubic, and a class token's
 * row stays as it is. Equal to what transformers does with `interpolate_pos_encoding`.
 *
 * @param positions The table, shape `[grid², width]`, or `[1 + grid², width]` with a class token first; float32.
 * @param toGrid Patches a side of the new images.
 * @returns The table for them, shape `[toGrid², width]`, or `[1 + toGrid², width]`, float32; memory of its own.
 * @throws SHAPE_MISMATCH when the table's rows are no square grid, or its numbers aren't those of its shape; INVALID_ARGUMENT for what is no table, or a grid
 * that isn't a whole number from 1 to 16,384.
 *
 * @example
 * ```ts
 * import { resizePositions } from "@rsdix/models";
 *
 * const table = { dtype: "float32" as const, shape: [5, 1], data: Float32Array.of(9, 0, 1, 2, 3) }; // a class token and 2 x 2 patches
 * console.log(resizePositions(table, 4).shape); // [ 17, 1 ]
 * ```
 *
 * @see https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html with mode="bicubic", align_corners=False
 */
export function resizePositions(positions: CheckpointTensor, toGrid: number): CheckpointTensor {
  const { shape, data } = positions ?? {};
  if (!Array.isArray(shape) || !(data instanceof Float32Array)) {
    fail("INVALID_ARGUMENT", `positions must be { dtype: "float32", shape, data: Float32Array }, got ${show(positions)}.`);
  }
  const { grid, extra, width } = gridOf(shape, toGrid);
  if (data.length !== shape[0] * width) {
    fail("SHAPE_MISMATCH", `Position embeddings of shape ${showShape({ shape })} must have as many numbers, got ${data.length}.`);
  }
  const taps = bicubicTaps(grid, toGrid);
  const result = new Float32Array((extra + toGrid * toGrid) * width);
  result.set(data.subarray(0, extra * width));
  const row = new Float64Array(grid * width); // one row of the new grid, at the old columns
  for (let y = 0; y < toGrid; y++) {
    row.fill(0);
    for (const [from, weight] of taps[y]!) {
      const start = (extra + from * grid) * width;
      for (let i = 0; i < row.length; i++) row[i]! += weight * data[start + i]!;
    }
    for (let x = 0; x < toGrid; x++) {
      const start = (extra + y * toGrid + x) * width;
      for (let i = 0; i < width; i++) {
        result[start + i] = taps[x]!.reduce((sum, [from, weight]) => sum + weight * row[from * width + i]!, 0);
      }
    }
  }
  return { dtype: "float32", shape: [extra + toGrid * toGrid, width], data: result };
}

/** The same of a table that isn't read yet. */
function resizedPositions(positions: LazyTensor, toGrid: number): LazyTensor {
  const { extra, width } = gridOf(positions.shape, toGrid);
  return {
    dtype: positions.dtype,
    shape: [extra + toGrid * toGrid, width],
    read: async () => resizePositions(await positions.read(), toGrid),
  };
}

/**
 * A CLIP or SigLIP for images of another size than it was trained on: its position embeddings are interpolated when they are read, everything
 * else stays. Larger images show more detail, for more time; a few steps of training at the new size help.
 *
 * @param checkpoint The arrays under our models' names, for example `toHuggingFace(file).tensors`; a vision tower must be among them.
 * @param config The configuration that fits them.
 * @param size Pixels a side of the images to come; in CLIP a multiple of the patch.
 * @returns The arrays and the configuration for that size, to load a model from.
 * @throws CHECKPOINT_MISMATCH when the checkpoint has no position embeddings or others than the configuration's; INVALID_ARGUMENT for a size
 * that isn't a whole number of at least one patch, or for CLIP no multiple of the patch.
 *
 * @example
 * ```ts
 * import { CLIP_VIT_B_32, lazyOf, withImageSize } from "@rsdix/models";
 *
 * const table = { dtype: "float32" as const, shape: [50, 768], data: new Float32Array(50 * 768) };
 * const file = lazyOf(new Map([["vision_model.embeddings.position_embedding.weight", table]]));
 * const { checkpoint, config } = withImageSize(file, CLIP_VIT_B_32, 448);
 * console.log(config.image.size, [...checkpoint.values()][0]?.shape); // 448 [ 197, 768 ]
 * ```
 *
 * @see Dosovitskiy et al., "An image is worth 16x16 words", https://arxiv.org/abs/2010.11929 section 3.2
 */
export function withImageSize<T extends WithImage>(
  checkpoint: LazyCheckpoint,
  config: T,
  size: number,
): { checkpoint: LazyCheckpoint; config: T } {
  if (typeof checkpoint?.get !== "function") {
    fail("INVALID_ARGUMENT", `checkpoint must be a Map of arrays by name, like toHuggingFace(file).tensors, got ${show(checkpoint)}.`);
  }
  const { patch, size: from } = config?.image ?? {};
  for (const [name, value] of Object.entries({ patch, size: from })) checkRange(value, `config.image.${name}`, { min: 1, integer: true });
  checkRange(size, "size", { min: patch, max: MAX_GRID, integer: true });
  const table = checkpoint.get(TABLE);
  if (!table) fail("CHECKPOINT_MISMATCH", `The checkpoint has no "${TABLE}": it must hold a vision tower under our models' names.`);
  const before = Math.floor(from / patch) ** 2;
  const [rows] = table.shape;
  if (table.shape.length !== 2 || (rows !== before && rows !== before + 1)) {
    const expected = `${before} rows (SigLIP) or ${before + 1} (CLIP)`;
    fail("CHECKPOINT_MISMATCH", `"${TABLE}" should have ${expected}, got ${showShape(table)}. Check image.size and image.patch.`);
  }
  if (rows === before + 1 && size % patch !== 0) {
    fail("INVALID_ARGUMENT", `CLIP takes images of a multiple of ${patch} pixels a side, got ${size}.`);
  }
  const resized = resizedPositions(table, Math.floor(size / patch));
  return { checkpoint: new Map([...checkpoint, [TABLE, resized]]), config: { ...config, image: { ...config.image, size } } };
}

/** What a table's rows are. */
function gridOf(shape: readonly number[], toGrid: number): { grid: number; extra: number; width: number } {
  checkRange(toGrid, "toGrid", { min: 1, max: MAX_GRID, integer: true });
  const [rows = 0, width = 0] = shape;
  for (const extra of [0, 1]) {
    const grid = Math.round(Math.sqrt(rows - extra));
    if (shape.length === 2 && grid > 0 && grid * grid === rows - extra) return { grid, extra, width };
  }
  return fail("SHAPE_MISMATCH", `Position embeddings must be [grid², width] or [1 + grid², width], got ${showShape({ shape })}.`);
}
