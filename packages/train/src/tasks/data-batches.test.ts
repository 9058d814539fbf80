import { batches, embedDataset, type FileStore, rsicd } from "@rsdix/data";
import { encodePng } from "@rsdix/image/node";
import { Clip, ClipCap, ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { onEachBackend } from "../../../../test/tensors";
import { stepsOf } from "../../test/tiny-task";
import { captionBatches, captionTask, clipTask, type FitRecord, featureBatches, fit, Head, headTask } from "../index";

const SIZE = 6;

/** RSICD with six pictures of two captions each, in memory. */
async function folder(): Promise<FileStore> {
  const contents = new Map<string, Uint8Array>();
  const images = [];
  for (let i = 0; i < SIZE; i++) {
    const filename = `field_${i}.png`;
    contents.set(
      `RSICD_images/${filename}`,
      await encodePng({ width: 9, height: 8, data: Uint8Array.from({ length: 216 }, (_, j) => (j * (7 + i)) % 256) }),
    );
    images.push({ filename, imgid: i, split: "train", sentences: [{ raw: `a field ${i} .` }, { raw: `field ${i} by a road .` }] });
  }
  contents.set("dataset_rsicd.json", new TextEncoder().encode(JSON.stringify({ dataset: "rsicd", images })));
  return {
    name: "RSICD",
    names: async () => [...contents.keys()],
    read: async (name) => contents.get(name)!,
    close: async () => undefined,
  };
}

function tinyClip(): Clip {
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const tower = { width: 16, layers: 1, heads: 2 };
  const text = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 24, endTokenId: tokenizer.endId };
  const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
  clip.tokenizer = tokenizer;
  return clip;
}

const steps = async (records: AsyncGenerator<FitRecord>) => stepsOf(await drain(records));

const files = await folder();

onEachBackend("batches of @rsdix/data", () => {
  it("feed clipTask as they are, or with preprocess and tokenize, to the same losses", async () => {
    const before = tf.memory().numTensors;
    const { signal } = new AbortController();
    const losses: number[][] = [];
    const clip = tinyClip();
    const { processor } = clip;
    const tokenize = (captions: string[]) => clip.tokenizer!.encodeBatch(captions, { contextLength: 24, truncate: true });
    clip.dispose();
    const run = async (make: (student: Clip) => AsyncGenerator<FitRecord>) => {
      const student = tinyClip();
      const records = await steps(make(student));
      losses.push(records.map(({ loss }) => loss.total));
      student.dispose();
      return records;
    };
    const options = { batchSize: 4, seed: 1 };
    // As DESIGN.md has it.
    const records = await run((student) =>
      fit(clipTask(student, { alpha: 0.5, teacher: "ema" }), batches(rsicd(files), options), { epochs: 2, signal }),
    );
    expect(records).toHaveLength(4); // of 4, 2, 4 and 2 pairs
    expect(records.every(({ loss }) => Number.isFinite(loss.total))).toBe(true);
    await run((student) => fit(clipTask(student), batches(rsicd(files), { ...options, preprocess: processor }), { epochs: 2 }));
    await run((student) => fit(clipTask(student), batches(rsicd(files), { ...options, preprocess: processor, tokenize }), { epochs: 2 }));
    await run((student) => fit(clipTask(student), batches(rsicd(files), { ...options, tokenize }), { epochs: 2 }));
    for (const other of losses.slice(1)) expect(other).toEqual(losses[0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("feed captionTask as they are, and a captioner and a head from features that were made once", async () => {
    const before = tf.memory().numTensors;
    const clip = tinyClip();
    const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
    const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 40, width: 16, layers: 1, heads: 2 };
    const clipcap = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 1);
    clipcap.tokenizer = tokenizer;
    clipcap.encoder = clip;
    const drawn = await steps(fit(captionTask(clipcap), batches(rsicd(files), { batchSize: 3, seed: 1 }), { epochs: 1 }));
    expect(drawn).toHaveLength(2);
    expect(drawn[0]!.loss.total).toBeGreaterThan(3); // ln of the vocabulary's size is 5.5

    const set = await rsicd(files);
    const features = await embedDataset(set, ({ images }) => clip.embedImages(images), { model: "tiny" });
    const captions = set.images.map(({ sentences }) => sentences.map(({ raw }) => raw));
    const source = captionBatches({ views: [features.values], dim: features.dim, captions, tokenizer, batchSize: 3, seed: 1 });
    expect(await steps(fit(captionTask(clipcap), source, { epochs: 1 }))).toHaveLength(2);
    const head = Head.fromConfig({ inputWidth: features.dim, outputWidth: 2 }, 1);
    const labelled = featureBatches({ features, labels: [0, 1, 0, 1, 0, 1], batchSize: 6, seed: 1 });
    expect(await steps(fit(headTask(head), labelled, { epochs: 3 }))).toHaveLength(3);
    head.dispose();
    clipcap.dispose();
    clip.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
