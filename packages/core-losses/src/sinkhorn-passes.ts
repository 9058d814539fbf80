import * as tf from "@tensorflow/tfjs-core";
import { potentialOf, type Scaling } from "./scaling";
import type { Span } from "./spans";
import { keepStrips, overStrips } from "./strips";

/** A strip of a kernel as its scaling takes it. */
type Form = ReturnType<Scaling["form"]>;

/** Strips of a kernel in the form of their scaling; kept, or made whenever they are asked for. */
export interface KernelStrips {
  readonly spans: readonly Span[];
  readonly kept: readonly Form[];
  at(index: number): Form;
}

export function kernelStrips(
  spans: readonly Span[],
  logKernel: (span: Span) => tf.Tensor2D,
  scaling: Scaling,
  keep: boolean,
): KernelStrips {
  return { spans, ...keepStrips(spans, (span) => scaling.form(logKernel(span)), keep) };
}

/** Potentials over columns [1, N] of Sinkhorn on the kernel and on its transpose; the second is absent before its first step. */
export type Potentials = [tf.Tensor2D] | [tf.Tensor2D, tf.Tensor2D];

/** Potentials over the rows of a strip that follow from those over the columns. */
export function rowPotentials(scaling: Scaling, { strip, shift }: Form, potentials: Potentials): tf.Tensor2D[] {
  const own = scaling.rows(strip, potentials).map((lse) => tf.neg<tf.Tensor2D>(lse));
  return potentials.length === 2 ? own : [...own, tf.clone(shift)];
}

/**
 * Sinkhorn's iterations on K and on Kᵀ at once, a pass over the strips for each. On K a step is rows, then columns: a strip has
 * whole rows, so that its half-steps follow each other. On Kᵀ it is columns of K, then rows, whose second half falls to the next
 * pass. What only shifts all of u or all of v (the division by the total, the uniform marginals) is undone by the next step or
 * by the final normalisation, and left out.
 */
export function columnPotentials(kernel: KernelStrips, scaling: Scaling, columns: number, iterations: number): Potentials {
  let potentials: Potentials = [tf.zeros([1, columns])];
  for (let k = 0; k < iterations; k++) {
    const { columns: sums } = overStrips(
      kernel.spans,
      (_, index) => {
        const form = kernel.at(index);
        return { rows: [], columns: scaling.columns(form.strip, rowPotentials(scaling, form, potentials)) };
      },
      (a, b) => a.map((sum, i) => scaling.add(sum, b[i]!)),
    );
    tf.dispose(potentials);
    potentials = sums.map((sum) => tf.tidy(() => potentialOf(scaling, sum))) as [tf.Tensor2D, tf.Tensor2D];
    tf.dispose(sums);
  }
  return potentials;
}
