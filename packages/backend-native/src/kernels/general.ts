import type { NativeKernel } from "../register";
import { BINARY, type BinaryAddon } from "./binary";
import { CONCAT } from "./concat";
import type { CopyAddon } from "./copy";
import { FILL } from "./fill";
import { batchMatMul, fusedMatMul } from "./fused-mat-mul";
import { GATHER, type GatherAddon } from "./gather";
import { LAYOUT } from "./pad";
import { REDUCE, type ReduceAddon } from "./reduce";
import { type SelectAddon, select } from "./select";
import { SLICE } from "./slice";
import { transpose } from "./transpose";
import { UNARY, type UnaryAddon } from "./unary";

/** The addon's functions for them. */
export type GeneralAddon = BinaryAddon & CopyAddon & GatherAddon & ReduceAddon & SelectAddon & UnaryAddon;

/** The kernels that any program uses. */
export const GENERAL: Record<string, NativeKernel> = {
  ...BINARY,
  ...CONCAT,
  ...FILL,
  ...GATHER,
  ...LAYOUT,
  ...REDUCE,
  ...SLICE,
  ...UNARY,
  BatchMatMul: batchMatMul,
  Select: select,
  Transpose: transpose,
  _FusedMatMul: fusedMatMul,
};
