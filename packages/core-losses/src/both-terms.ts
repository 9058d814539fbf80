import * as tf from "@tensorflow/tfjs-core";
import type { Term, TermGradient } from "./term";

/** Two terms on the same similarities as one, the losses of the first before those of the second; only the second may have a start. */
export function bothTerms(first: Term, second: Term): Term {
  // How many tensors, or losses, the first has: known after the first strip, and after the pass.
  const own = { columns: 0, rows: 0, losses: 0, state: 0 };
  return {
    parameters: [...first.parameters, ...second.parameters],
    start: () => second.start?.() ?? [],
    strip(similarities, span, index, started) {
      const a = first.strip(similarities, span, index, []);
      const b = second.strip(similarities, span, index, started);
      Object.assign(own, { rows: a.rows.length, columns: a.columns.length });
      return { rows: [...a.rows, ...b.rows], columns: [...a.columns, ...b.columns] };
    },
    merge(a, b) {
      const merged = first.merge(a.slice(0, own.columns), b.slice(0, own.columns));
      return [...merged, ...second.merge(a.slice(own.columns), b.slice(own.columns))];
    },
    finish({ rows, columns }, started) {
      const a = first.finish({ rows: rows.slice(0, own.rows), columns: columns.slice(0, own.columns) }, []);
      const b = second.finish({ rows: rows.slice(own.rows), columns: columns.slice(own.columns) }, started);
      Object.assign(own, { losses: a.losses.size, state: a.state.length });
      return { losses: tf.concat1d([a.losses, b.losses]), state: [...a.state, ...b.state] };
    },
    backward(dy, state) {
      const a = first.backward(tf.slice1d(dy, 0, own.losses), state.slice(0, own.state));
      const b = second.backward(tf.slice1d(dy, own.losses, dy.size - own.losses), state.slice(own.state));
      return bothGradients(a, b, first.parameters.length);
    },
  };
}

/** Both gradients as one; each parameter of the first has one sum over the tiles. */
function bothGradients(a: TermGradient, b: TermGradient, count: number): TermGradient {
  return {
    block(columns) {
      const [tileOfA, tileOfB] = [a.block(columns), b.block(columns)];
      return (similarities, rows, index) => {
        const [gradient, ...sums] = tf.tidy(() => tileOfA(similarities, rows, index));
        const [other, ...others] = tf.tidy(() => tileOfB(similarities, rows, index));
        return [tf.add(gradient, other), ...sums, ...others];
      };
    },
    parameters: (sums) => [...a.parameters(sums.slice(0, count)), ...b.parameters(sums.slice(count))],
  };
}
