/** Number of rows that the features of one classifier are hashed into. */
export const BUCKETS = 1 << 18;

/** Features of one decision, as rows of the weight table: filled and emptied again, so that no decision allocates. */
export class FeatureSet {
  readonly rows = new Int32Array(128);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  /** Adds the feature that `template` makes of up to four values. */
  add(template: number, a: number, b = 0, c = 0, d = 0): void {
    let hash = mix(0x2545f491, template + 1);
    hash = mix(hash, a);
    hash = mix(hash, b);
    hash = mix(hash, c);
    hash = mix(hash, d);
    hash ^= hash >>> 13;
    this.rows[this.size++] = hash & (BUCKETS - 1);
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** A number for a string (FNV-1a), the same on every machine. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
