import { expect, it } from "vitest";
import { testNames } from "./lib/webgpu.mjs";

it("takes the tests of the backends that are asked for, but none that is for processors", () => {
  const taken = (name) => new RegExp(testNames(["webgpu", "wasm"])).test(name);
  expect(taken("infoNCE on webgpu agrees with PyTorch")).toBe(true);
  expect(taken("infoNCE on wasm")).toBe(true);
  expect(taken("infoNCE on webgl agrees with PyTorch")).toBe(false);
  expect(taken("infoNCE agrees with PyTorch")).toBe(false);
  expect(taken("infoNCE on webgpu has the gradient of central differences")).toBe(false);
  expect(taken("infoNCE on wasm agrees with the plain formula, 5 images")).toBe(false);
});
