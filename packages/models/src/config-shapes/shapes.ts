import { checkRange, fail, showShape } from "@rsdix/internal";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";

/** The widest tower whose heads can be told from its width: beyond, models have 16 heads of any width. */
const MAX_PLAIN_WIDTH = 1024;

/** The width of a head in every GPT-2, and in every CLIP up to ViT-L. */
const HEAD_WIDTH = 64;

/** An array's shape, of the expected number of dimensions. */
export function shapeOf(tensors: LazyCheckpoint, name: string, rank: number): readonly number[] {
  const tensor = tensors.get(name);
  if (!tensor) fail("CHECKPOINT_MISMATCH", `The sizes can't be told from the checkpoint: it has no "${name}".`);
  if (tensor.shape.length !== rank || tensor.shape.includes(0)) {
    fail("CHECKPOINT_MISMATCH", `"${name}" should have ${rank} dimensions, none of them empty, got ${showShape(tensor)}.`);
  }
  return tensor.shape;
}

/** How many blocks there are: names are `before`, a number from 0 on, `after`. */
export function countBlocks(tensors: LazyCheckpoint, before: string, after: string): number {
  let count = 0;
  while (tensors.has(`${before}${count}${after}`)) count++;
  if (count === 0) fail("CHECKPOINT_MISMATCH", `The sizes can't be told from the checkpoint: it has no "${before}0${after}".`);
  return count;
}

/** Attention heads, which leave no trace in the shapes: those given, or one for every 64 of the width. */
export function headsOf(width: number, given: number | undefined, option: string, maxWidth = MAX_PLAIN_WIDTH): number {
  if (given !== undefined) {
    checkRange(given, option, { min: 1, max: width, integer: true });
    return given;
  }
  if (width % HEAD_WIDTH === 0 && width <= maxWidth) return width / HEAD_WIDTH;
  return fail("INVALID_ARGUMENT", `How many heads a width of ${width} has can't be told from the checkpoint. Give ${option}.`);
}

/** Patches a side of so many patches. */
export function gridOf(patches: number, name: string): number {
  const grid = Math.round(Math.sqrt(Math.max(0, patches)));
  if (grid * grid !== patches || grid === 0) fail("CHECKPOINT_MISMATCH", `"${name}" has ${patches} patches, which are no square.`);
  return grid;
}
