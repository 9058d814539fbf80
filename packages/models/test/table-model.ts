import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { StepModel } from "../src/generation";

/** A language model whose logits are any fixed function of the row's text, so that a search can be checked by hand. */
export class TableModel implements StepModel {
  /** How many rows each step computed. */
  readonly work: number[] = [];
  logits: tf.Tensor2D;

  constructor(
    private texts: number[][],
    private readonly width: number,
    private readonly logitsOf: (text: readonly number[]) => number[],
  ) {
    this.logits = this.score();
  }

  advance(from: Int32Array, tokens: Int32Array): void {
    expect([from.length, Math.max(...tokens) < this.width]).toEqual([tokens.length, true]);
    this.texts = Array.from(from, (row, i) => [...this.texts[row]!, tokens[i]!]);
    this.logits.dispose();
    this.logits = this.score();
  }

  [Symbol.dispose](): void {
    this.logits.dispose();
  }

  private score(): tf.Tensor2D {
    this.work.push(this.texts.length);
    return tf.tensor2d(this.texts.flatMap(this.logitsOf), [this.texts.length, this.width]);
  }
}

/** Logits without pattern: a hash of the text. */
export const hashed = (width: number) => (text: readonly number[]) =>
  Array.from({ length: width }, (_, token) => {
    const hash = [...text, token].reduce((h, x) => Math.imul(h ^ (x + 1), 0x9e3779b1) ^ (h >>> 13), 0x2545f491);
    return ((hash >>> 8) % 1000) / 250;
  });

/** Log-probabilities, in double precision. */
export function logSoftmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const total = logits.reduce((sum, x) => sum + Math.exp(x - max), 0);
  return logits.map((x) => x - max - Math.log(total));
}
