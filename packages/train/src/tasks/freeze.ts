import { fail } from "@rsdix/internal";
import type { Parameters } from "@rsdix/models";
import type * as tf from "@tensorflow/tfjs-core";

/** Holds weights still while a run lasts. */
export interface Freeze {
  /** Freezes what is trainable of them. */
  begin(): void;
  /** Thaws what `begin` froze. */
  end(): void;
}

/** Freezes the weights whose names match a pattern. Throws at once where a pattern matches none, which would silently train the wrong thing. */
export function freezing(parameters: Parameters, patterns: readonly RegExp[], where: string): Freeze {
  const names = parameters.specs.map(({ name }) => name);
  for (const pattern of patterns) {
    if (names.some((name) => name.search(pattern) >= 0)) continue;
    fail("INVALID_ARGUMENT", `${where}: no weight's name matches ${pattern}. Weights are named as ${names.slice(0, 3).join(", ")}.`);
  }
  let thawed: tf.Variable[] = [];
  return {
    begin() {
      const before = parameters.trainable().map(({ variable }) => variable);
      for (const pattern of patterns) parameters.setTrainable(pattern, false);
      thawed = before.filter((variable) => !variable.trainable);
    },
    end() {
      for (const variable of thawed) variable.trainable = true;
      thawed = [];
    },
  };
}
