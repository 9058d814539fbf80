import { BertTokenizer, belowPrefix, Clip, ClipCap, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { floats, goldenArrays, integers } from "../../test/golden-arrays";
import { steps } from "../../test/one-step";
import { BERT_VOCABULARY, captionsOf, clipCapConfig, clipConfig, goldenBert, siglipConfig } from "../../test/tiny-models";
import golden from "../fixtures/train-curves.json";
import { type ClipTaskOptions, captionTask, clipTask } from "../index";

const arrays = goldenArrays("train-curves");
const { curves, alpha, emaDecay, learningRate } = golden;
const N = 6;
const options = { steps: 20, schedule: () => learningRate, optimizer: { decay: "all" as const } };
const close = { rtol: 0, atol: 1e-4 };

const pairs = (kind: "clip" | "siglip") => (step: number) => ({
  pixels: floats(arrays, "pixels").slice(step * N * 48, (step + 1) * N * 48),
  tokens: {
    ids: integers(arrays, `${kind}Ids`).slice(step * N * 4, (step + 1) * N * 4),
    lengths: new Int32Array(N).fill(4),
    shape: [N, 4] as const,
  },
  captions: captionsOf(integers(arrays, "words").slice(step * N * 3, (step + 1) * N * 3)),
});

function make(kind: "clip" | "siglip"): Clip | Siglip {
  const weights = belowPrefix(arrays, `start/${kind}/`);
  return kind === "clip" ? Clip.fromCheckpoint(clipConfig, weights) : Siglip.fromCheckpoint(siglipConfig, weights);
}

onEachBackend("20 steps follow the original's equations", () => {
  it.each(["infoNCE", "sentenceBert", "sigmoid"] as const)("%s", async (name) => {
    const before = tf.memory().numTensors;
    const kind = name === "sigmoid" ? "siglip" : "clip";
    const model = make(kind);
    const bert = goldenBert(arrays);
    bert.tokenizer = BertTokenizer.fromVocab(BERT_VOCABULARY);
    const recipes: Record<typeof name, ClipTaskOptions> = {
      infoNCE: {},
      sentenceBert: { teacher: { sentenceBert: bert, mode: "reference" } },
      sigmoid: { reference: true },
    };
    const task = clipTask(model, { alpha, emaDecay, ...recipes[name] });
    task.begin!();
    const start = await task.state();
    task.end!();
    if (name === "sentenceBert") {
      for (const part of ["weight", "bias"]) start.set(`sentence_projection.${part}`, arrays.get(`projection/${part}`)!);
    }
    const { records } = await steps(task, pairs(kind), start, options);
    expect(records.map(({ loss }) => loss.total)).toBeAllclose(
      curves[name].map((losses) => losses[0]!),
      close,
    );
    expect(records.map(({ loss }) => loss.contrastive!)).toBeAllclose(
      curves[name].map((losses) => losses[1]!),
      close,
    );
    expect(records.map(({ loss }) => loss.distillation!)).toBeAllclose(
      curves[name].map((losses) => losses[2]!),
      close,
    );
    model.dispose();
    bert.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("captions", async () => {
    const before = tf.memory().numTensors;
    const clipcap = ClipCap.fromCheckpoint(clipCapConfig, belowPrefix(arrays, "start/clipcap/"));
    const batch = (step: number) => ({
      embeddings: floats(arrays, "captionEmbeddings").slice(step * N * 6, (step + 1) * N * 6),
      tokens: {
        ids: integers(arrays, "captionIds").slice(step * N * 5, (step + 1) * N * 5),
        lengths: integers(arrays, "captionLengths").slice(step * N, (step + 1) * N),
        shape: [N, 5] as const,
      },
    });
    const { records } = await steps(captionTask(clipcap), batch, undefined, options);
    expect(records.map(({ loss }) => loss.total)).toBeAllclose(curves.captions, close);
    clipcap.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
