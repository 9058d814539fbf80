import type { NativeKernel } from "../register";
import { FUSED } from "./fused";
import { rsdixActivationGrad, rsdixLinear, rsdixProduct } from "./linear";
import { batchMatMul } from "./product";

/** Every native kernel by the name that TensorFlow.js gives it. */
export const KERNELS: Record<string, NativeKernel> = {
  ...FUSED,
  BatchMatMul: batchMatMul,
  RsdixActivationGrad: rsdixActivationGrad,
  RsdixLinear: rsdixLinear,
  RsdixProduct: rsdixProduct,
};
