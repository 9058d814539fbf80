import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { registerGradients, requireUnion } from "./gradients";

const require = createRequire(import.meta.url);
const isLoaded = () => require.cache[require.resolve("@tensorflow/tfjs")] !== undefined;

it("leaves the union package of another tfjs-core alone, and takes that of this one, with its gradients", async () => {
  class Tensor {} // as in a program that is one file
  expect(await requireUnion(Tensor)).toBe(false);
  expect(isLoaded()).toBe(false);
  expect(await requireUnion(tf.Tensor)).toBe(true);
  expect(isLoaded()).toBe(true);
  await registerGradients();
  expect(tf.getGradient("Relu")).toBeDefined();
  expect((await import("@tensorflow/tfjs")).Tensor).toBe(tf.Tensor); // one engine, however it is loaded later
});
