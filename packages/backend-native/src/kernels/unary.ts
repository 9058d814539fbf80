import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";

/** The addon's functions of one number. */
export interface UnaryAddon {
  /** y[i] = f(x[i]) for n numbers; y may be x. p and q are parameters of some. */
  unary(operation: number, x: Float32Array, y: Float32Array, n: number, p: number, q: number): void;
}

/** In the order of csrc/isa/elementwise.cc. */
const NAMES = [
  "Square",
  "Sqrt",
  "Rsqrt",
  "Exp",
  "Expm1",
  "Log",
  "Log1p",
  "Neg",
  "Sigmoid",
  "Tanh",
  "Erf",
  "Abs",
  "Reciprocal",
  "Relu",
  "Relu6",
  "Elu",
  "LeakyRelu",
  "Softplus",
  "Step",
  "Sign",
  "Floor",
  "Ceil",
  "Round",
  "ClipByValue",
] as const;

/** A function of one number, by the name of its kernel. */
export type UnaryName = (typeof NAMES)[number];

/** y = f(x), number by number; y may be x. */
export function applyUnary(backend: NativeBackend, name: UnaryName, x: Float32Array, y: Float32Array, p = 0, q = 0): void {
  backend.addon.unary(NAMES.indexOf(name), x, y, x.length, p, q);
}

function unary(operation: number, p = "", q = ""): NativeKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    if (x.dtype !== "float32") return undefined;
    const n = size(x.shape);
    const y = backend.allocate(n);
    backend.addon.unary(operation, backend.floats(x), y, n, p ? (attrs[p] as number) : 0, q ? (attrs[q] as number) : 0);
    return backend.result(x.shape, y);
  };
}

/** Attributes that some take. */
const PARAMETERS: Partial<Record<UnaryName, [string, string?]>> = {
  LeakyRelu: ["alpha"],
  Step: ["alpha"],
  ClipByValue: ["clipValueMin", "clipValueMax"],
};

/** The kernels of one float32 tensor, number by number. */
export const UNARY: Record<string, NativeKernel> = Object.fromEntries(
  NAMES.map((name, operation) => [name, unary(operation, ...(PARAMETERS[name] ?? []))]),
);
