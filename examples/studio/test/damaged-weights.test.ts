import { startBackend } from "@rsdix/backend";
import type { FileStore } from "@rsdix/data";
import type { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { encodePng } from "../../../packages/image/src/encode-image";
import { classify } from "../src/worker/classify";
import { map } from "../src/worker/map";
import { search } from "../src/worker/search";
import { session } from "../src/worker/session";

vi.mock("@rsdix/image/web", async () => import("@rsdix/image/node"));

const context = { emit: () => undefined, signal: new AbortController().signal };
/** What of the model gives no numbers. */
let broken: "images" | "texts" | "scale" | undefined;

beforeAll(async () => {
  await startBackend("cpu");
  const rows = (count: number, value: number) => Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? value : 0));
  const imageText = {
    embedImages: async (images: unknown[]) => rows(images.length, broken === "images" ? Number.NaN : 1),
    embedTexts: async (texts: unknown[]) => rows(texts.length, broken === "texts" ? Number.NaN : 1),
    get logitScale() {
      return tf.tensor1d([broken === "scale" ? Number.NaN : 1]);
    },
  } as unknown as Clip;
  session.models = { name: "mine", id: undefined, imageText, captioner: undefined, version: 1, trained: false, sources: [] };
  const bytes = await encodePng({ width: 2, height: 2, data: new Uint8Array(12) });
  const store = { read: async () => bytes } as unknown as FileStore;
  for (let id = 1; id <= 6; id++) session.images.set(id, { id, name: `${id}.png`, store });
});
beforeEach(() => session.embeddings.clear());
afterAll(() => {
  session.models = undefined;
  session.images.clear();
});

const doing = {
  classify: () => classify({ ids: [1, 2], classes: ["a", "b"], template: "{class}" }, context),
  search: () => search({ text: "a", count: 3 }, context),
  map: () => map({ neighbors: 3, minDist: 0.1 }, context),
};

it.each([
  ["classify", "images"],
  ["classify", "texts"],
  ["classify", "scale"],
  ["search", "images"],
  ["search", "texts"],
  ["map", "images"],
] as const)("%s says that the weights are damaged where they give no numbers for %s", async (what, part) => {
  broken = part;
  await expect(doing[what]()).rejects.toMatchObject({
    code: "NOT_A_NUMBER",
    message: expect.stringMatching(/^What mine computes are no numbers: its weights are damaged\./),
  });
  broken = undefined;
  expect(await doing[what]()).toMatchObject({ unread: [] }); // nothing of it was kept
});
