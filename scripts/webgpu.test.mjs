import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { BROWSER_MODELS, findChromium, NO_CHROMIUM, testNames } from "./lib/webgpu.mjs";
import { filesBelow, repository, shown, trackedFiles } from "./lib/workspace.mjs";

/** The other tests of models that compute on each backend, and why not in a browser. */
const MODELS_FOR_NODE = {
  "clipcap-siglip": "saves to folders and loads from them",
  "pretrained/clipcap-json": "saves to folders and loads from them",
  "files/local-node": "reads links and pipes of a file system",
  "pretrained/hostile-config": "writes folders with a wrong config.json",
  "pretrained/load-while-saving": "two processes at one folder",
  "pretrained/loading": "loads from folders",
  "pretrained/pretrained": "saves to folders and loads from them",
  "pretrained/save-model": "saves to folders",
  "pretrained/save-over": "saves over folders",
  "pretrained/save-open-clip": "saves to folders",
  "sentence-bert-minilm": "90 MB of weights on the disk, where there are any",
  "wrong-calls": "calls what reads and writes files wrongly",
  "wrong-input": "folders with wrong files",
};

it("finds the browser that RSDIX_CHROMIUM names, and none in its place", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("RSDIX_CHROMIUM", process.execPath);
  expect(findChromium()).toBe(process.execPath);
  vi.stubEnv("RSDIX_CHROMIUM", join(repository, "gone"));
  expect(findChromium).toThrow(`RSDIX_CHROMIUM names ${join(repository, "gone")}, but there is no such file`);
});

it("says in one way how to get a browser, wherever tests in one are left out", () => {
  const own = trackedFiles().filter(
    (path) => /\.(ts|mjs)$/.test(path) && readFileSync(join(repository, path), "utf8").includes(["no", "Chromium", "("].join(" ")),
  );
  expect(own).toEqual(["scripts/lib/webgpu.mjs"]);
  expect(NO_CHROMIUM).toContain("apt-get install chromium");
});

it("takes the tests of the backends that are asked for, but none that is for processors", () => {
  const taken = (name) => new RegExp(testNames(["webgpu", "wasm"])).test(name);
  expect(taken("infoNCE on webgpu agrees with PyTorch")).toBe(true);
  expect(taken("infoNCE on wasm")).toBe(true);
  expect(taken("infoNCE on webgl agrees with PyTorch")).toBe(false);
  expect(taken("infoNCE agrees with PyTorch")).toBe(false);
  expect(taken("infoNCE on webgpu has the gradient of central differences")).toBe(false);
  expect(taken("infoNCE on wasm agrees with the plain formula, 5 images")).toBe(false);
});

it("leaves to wasm what a software GPU would take minutes for", () => {
  const taken = (backends, name) => new RegExp(testNames(backends)).test(name);
  expect(taken(["webgpu", "wasm"], "Siglip trains on wasm with dropout too")).toBe(true);
  expect(taken(["webgpu", "wasm"], "Siglip trains on webgpu with dropout too")).toBe(false);
  expect(taken(["webgl"], "Siglip equals transformers' SiglipModel on webgl in every layer's states")).toBe(true);
  expect(taken(["webgl"], "Siglip equals transformers' SiglipModel on wasm in every layer's states")).toBe(false);
});

it("has every test of the models that computes on each backend run in a browser, or says why not", () => {
  const computing = filesBelow(join(repository, "packages/models"), ".test.ts")
    .filter((file) => readFileSync(file, "utf8").includes("onEachBackend("))
    .map((file) => shown(file, repository));
  const others = Object.keys(MODELS_FOR_NODE).map((name) => `packages/models/src/${name}.test.ts`);
  expect([...BROWSER_MODELS, ...others].sort()).toEqual(computing.sort());
  expect([...BROWSER_MODELS, ...others].every((file) => existsSync(join(repository, file)))).toBe(true);
});
