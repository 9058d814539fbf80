import { MAGIC } from "../../src/spice/parser-model";
import { TEMPLATES } from "./feature-templates";
import { parserWords } from "./parser-words";
import type { Weights } from "./perceptron";

function packNumber(out: number[], value: number): void {
  for (let left = value; ; left = Math.floor(left / 128)) {
    out.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return;
  }
}

function packBytes(bytes: Uint8Array): number[] {
  const out: number[] = [];
  packNumber(out, bytes.length);
  return [...out, ...bytes];
}

const packLines = (lines: readonly string[]) => packBytes(new TextEncoder().encode(lines.join("\n")));

/** What stands before the classifiers. */
export function packHead(): number[] {
  return [...MAGIC, ...packLines(parserWords()), ...TEMPLATES.flatMap(packBytes)];
}

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
  const out = packLines(classes);
  const places: number[] = [];
  const weights: number[] = [];
  for (let place = 0; place < table.length; place++) {
    const weight = Math.round(table[place]! * scale);
    if (weight === 0 || Math.abs(table[place]!) < least) continue;
    places.push(place);
    weights.push(weight & 255);
  }
  packNumber(out, places.length);
  let before = -1;
  for (const place of places) {
    packNumber(out, place - before - 1);
    before = place;
  }
  for (const weight of weights) out.push(weight);
  return out;
}

/** The packed model of three classifiers; `least` of each as {@link packClassifier} takes it. */
export function packModel(models: readonly [tagger: Weights, steps: Weights, labels: Weights], least: readonly number[]): Uint8Array {
  return Uint8Array.from([...packHead(), ...models.flatMap((model, i) => packClassifier(model, least[i]!))]);
}
