import type { Initializer, ParameterSpec } from "../initialize";

/** A Linear's weight and bias; the weight stands [out, in] in checkpoints. */
export function linearSpecs(name: string, inputs: number, outputs: number, init: Initializer): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init, transposed: true, decay: true },
    { name: `${name}.bias`, shape: [outputs], init: "zeros" },
  ];
}

/** A layer norm's scale and offset. */
export function normSpecs(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], init: "ones" },
    { name: `${name}.bias`, shape: [width], init: "zeros" },
  ];
}

/** Evenly within sqrt(6 / (in + out)), by which a layer keeps the variance of what goes through it (Glorot and Bengio, 2010). */
export function xavier(inputs: number, outputs: number): Initializer {
  return { uniform: Math.sqrt(6 / (inputs + outputs)) };
}
