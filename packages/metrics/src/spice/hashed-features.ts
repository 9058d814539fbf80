import { fnv1a } from "@rsdix/internal";

/** Number of rows that the features of one classifier are hashed into. */
export const BUCKETS = 1 << 18;

/** The most templates of a classifier. */
export const MAX_TEMPLATES = 128;

/** Features of one decision, as rows of the weight table: filled again and again, so that no decision allocates rows. */
export class FeatureSet {
  readonly rows = new Int32Array(MAX_TEMPLATES);
  size = 0;

  /** Makes a feature of each template: the places of four values; the first value is 0, for none. */
  fill(templates: Uint8Array, values: readonly number[]): void {
    this.size = templates.length / 4;
    for (let template = 0; template < this.size; template++) {
      let hash = mix(0x2545f491, template + 1);
      for (let at = 4 * template; at < 4 * template + 4; at++) hash = mix(hash, values[templates[at]!]!);
      this.rows[template] = (hash ^ (hash >>> 13)) & (BUCKETS - 1);
    }
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** A number for a string, the same on every machine. */
export function hashText(text: string): number {
  return fnv1a(text) | 0;
}
