import type { NativeKernel } from "../register";
import { FUSED } from "./fused";
import { GENERAL } from "./general";
import { rsdixActivationGrad, rsdixLinear, rsdixProduct } from "./linear";

/** Every native kernel by the name that TensorFlow.js gives it. */
export const KERNELS: Record<string, NativeKernel> = {
  ...GENERAL,
  ...FUSED,
  RsdixActivationGrad: rsdixActivationGrad,
  RsdixLinear: rsdixLinear,
  RsdixProduct: rsdixProduct,
};
