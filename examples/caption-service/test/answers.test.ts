import { startBackend } from "@rsdix/backend";
import { decodeImage } from "@rsdix/image/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testBackends } from "../../../test/backends";
import type { Models } from "../src/load-models";
import { image, jpeg, metric, png, postBytes, postForm, postJson, serving, tinyModels } from "./serve";

const backends = testBackends().filter((name) => ["cpu", "wasm", "native"].includes(name));

describe.each(backends)("answers on %s", (backend) => {
  let models: Models;
  let files: Uint8Array[];
  beforeAll(async () => {
    await startBackend(backend);
    models = await tinyModels();
    files = await Promise.all([1, 2, 3].map((seed) => png(seed)));
  });
  afterAll(() => models.dispose());

  it("captions as the captioner does, however the images come", async () => {
    const images = [1, 2, 3].map((seed) => image(seed));
    const greedy = await models.captioner.captionImages(images);
    const beams = await models.captioner.captionImages(images, { beams: 3, maxTokens: 9, lengthPenalty: 0.5, noRepeatNgram: 2 });
    expect(new Set([...greedy, ...beams]).size).toBeGreaterThan(3); // they can be told apart
    await serving(models, {}, async (url) => {
      expect(await postForm(`${url}/caption`, files)).toMatchObject({ status: 200, body: { captions: greedy } });
      const options = { beams: "3", max_tokens: "9", length_penalty: "0.5", no_repeat_ngram: "2" };
      expect(await postForm(`${url}/caption`, files, options)).toMatchObject({ status: 200, body: { captions: beams } });
      expect((await postForm(`${url}/caption?beams=3&max_tokens=9`, files, { length_penalty: "0.5", no_repeat_ngram: "2" })).body).toEqual({
        captions: beams,
      });
      expect((await postBytes(`${url}/caption`, files[1]!)).body).toEqual({ captions: [greedy[1]] });
      expect((await postBytes(`${url}/caption?beams=3`, files[1]!, "application/octet-stream")).status).toBe(200);
    });
  });

  it("embeds as the encoder does", async () => {
    const expected = await models.encoder.embedImages([1, 2].map((seed) => image(seed)));
    await serving(models, {}, async (url) => {
      const { status, body } = await postForm(`${url}/embed`, files.slice(0, 2));
      const { embeddings, dimensions } = body as { embeddings: number[][]; dimensions: number };
      expect([status, dimensions, embeddings.length]).toEqual([200, 8, 2]);
      expect(embeddings.flat()).toBeAllclose(expected, { rtol: 1e-5, atol: 1e-6 });
    });
  });

  it("draws the same captions from the same seed, whoever else asks", async () => {
    await serving(models, { maxWait: 50 }, async (url) => {
      const draw = (seed: number) => postForm(`${url}/caption`, files, { seed: String(seed), top_p: "1", temperature: "2" });
      const [first, other, again] = await Promise.all([draw(1), draw(2), draw(1)]);
      expect(first.status).toBe(200);
      expect(again.body).toEqual(first.body);
      expect(other.body).not.toEqual(first.body);
      const images = [1, 2, 3].map((seed) => image(seed));
      const captions = await models.captioner.captionImages(images, { nucleus: { seed: 1, p: 1, temperature: 2 } });
      expect(first.body).toEqual({ captions });
    });
  });

  it("sends captions while they are decoded", async () => {
    const images = [1, 2].map((seed) => image(seed));
    const captions = await models.captioner.captionImages(images);
    await serving(models, {}, async (url) => {
      const body = new FormData();
      for (const file of files.slice(0, 2)) body.append("image", new File([file as BlobPart], "x"));
      body.append("stream", "true");
      const response = await fetch(`${url}/caption`, { method: "POST", body });
      expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
      const events = (await response.text())
        .split("\n\n")
        .filter((event) => event !== "")
        .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event)!)
        .map(([, name, data]) => ({ name, data: JSON.parse(data!) }));
      expect(events.at(-1)).toEqual({ name: "done", data: { captions } });
      expect(events.filter(({ name }) => name === "caption").map(({ data }) => captions[data.image] === data.text)).toEqual([true, true]);
      const parts = events.filter(({ name, data }) => name === "partial" && data.image === 0).map(({ data }) => data.text as string);
      expect(parts.length).toBeGreaterThan(1);
      expect(captions[0]!.startsWith(parts[0]!)).toBe(true);
      expect(await metric(url, "requests_in_progress")).toBe(0);
    });
  });

  it("turns images as their camera noted, and reads JPEGs", async () => {
    const file = await jpeg(5, 40, 30);
    const [caption] = await models.captioner.captionImages([await decodeImage(file)]);
    await serving(models, {}, async (url) => {
      expect((await postBytes(`${url}/caption`, file, "image/jpeg")).body).toEqual({ captions: [caption] });
    });
  });

  it("leaves no tensor, whatever is asked", async () => {
    await serving(models, {}, async (url) => {
      const before = tf.memory().numTensors;
      for (const options of [{}, { beams: "4" }, { seed: "1" }, { stream: "true" }]) {
        await fetch(`${url}/caption?${new URLSearchParams(options)}`, {
          method: "POST",
          headers: { "content-type": "image/png" },
          body: files[0] as BodyInit,
        }).then((response) => response.text());
      }
      await postForm(`${url}/embed`, files);
      await postBytes(`${url}/embed`, Uint8Array.of(1, 2, 3));
      await postJson(`${url}/caption`, { urls: ["http://127.0.0.1/"] });
      expect(tf.memory().numTensors).toBe(before);
      expect(await metric(url, "tensors")).toBe(before);
    });
  });
});
