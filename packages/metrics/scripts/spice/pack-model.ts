import { MAGIC } from "../../src/spice/parser-model";
import type { Weights } from "./perceptron";

/**
 * The bytes of a classifier: weights as whole numbers from -127 to 127.
 *
 * @param least - Weights under it are left out.
 */
function packClassifier(model: Weights, least: number): number[] {
  const { table, classes } = model;
  let highest = 0;
  for (const weight of table) highest = Math.max(highest, Math.abs(weight));
  const scale = 127 / highest;
  const out: number[] = [];
  const number = (value: number) => {
    for (let left = value; ; left = Math.floor(left / 128)) {
      out.push(left < 128 ? left : (left % 128) + 128);
      if (left < 128) return;
    }
  };
  const names = new TextEncoder().encode(classes.join("\n"));
  number(names.length);
  out.push(...names);
  const places: number[] = [];
  const weights: number[] = [];
  for (let place = 0; place < table.length; place++) {
    const weight = Math.round(table[place]! * scale);
    if (weight === 0 || Math.abs(table[place]!) < least) continue;
    places.push(place);
    weights.push(weight & 255);
  }
  number(places.length);
  let before = -1;
  for (const place of places) {
    number(place - before - 1);
    before = place;
  }
  for (const weight of weights) out.push(weight);
  return out;
}

/** The packed model of three classifiers; `least` of each as {@link packClassifier} takes it. */
export function packModel(models: readonly [tagger: Weights, steps: Weights, labels: Weights], least: readonly number[]): Uint8Array {
  return Uint8Array.from([...MAGIC, ...models.flatMap((model, i) => packClassifier(model, least[i]!))]);
}
