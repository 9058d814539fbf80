import { BertTokenizer, belowPrefix, type Checkpoint, Clip, type SentenceBert, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { asCheckpoint, floats, goldenArrays, integers, joined } from "../../test/golden-arrays";
import { oneStep } from "../../test/one-step";
import { BERT_VOCABULARY, captionsOf, clipConfig, goldenBert, siglipConfig } from "../../test/tiny-models";
import { differentiate, release } from "../fit/differentiate";
import golden from "../fixtures/train-steps.json";
import { type ClipTaskOptions, clipTask } from "../index";

const arrays = goldenArrays("train-steps");
const captions = captionsOf(integers(arrays, "words"));
const taught = { alpha: golden.alpha, emaDecay: golden.emaDecay, ...golden.targets };

type Case = [name: keyof typeof golden.cases, model: "clip" | "siglip", options: (bert: SentenceBert) => ClipTaskOptions];
const CASES: Case[] = [
  ["clip", "clip", () => ({ teacher: "none" })],
  ["clip-ema", "clip", () => ({ ...taught })],
  ["clip-similarity", "clip", (sentenceBert) => ({ ...taught, teacher: { sentenceBert } })],
  ["clip-projected", "clip", (sentenceBert) => ({ ...taught, teacher: { sentenceBert, mode: "projected" } })],
  ["clip-reference", "clip", (sentenceBert) => ({ ...taught, teacher: { sentenceBert, mode: "reference" } })],
  ["clip-sigmoid", "clip", () => ({ teacher: "none", loss: "sigmoid" })],
  ["siglip", "siglip", () => ({ teacher: "none" })],
  ["siglip-infoNCE", "siglip", () => ({ teacher: "none", loss: "infoNCE" })],
  ["siglip-ema", "siglip", () => ({ ...taught })],
  ["siglip-reference", "siglip", () => ({ ...taught, reference: true })],
];

function make(kind: "clip" | "siglip") {
  const weights = belowPrefix(arrays, `start/${kind}/`);
  const model = kind === "clip" ? Clip.fromCheckpoint(clipConfig, weights) : Siglip.fromCheckpoint(siglipConfig, weights);
  const ids = integers(arrays, `${kind}Ids`);
  const tokens = { ids, lengths: new Int32Array(6).fill(4), shape: [6, 4] as const };
  return { model, batch: { pixels: floats(arrays, "pixels"), tokens, captions } };
}

/** The state that the golden step starts from: a teacher apart from the student, and the projection. */
function started(state: Checkpoint, kind: string): Checkpoint {
  const next = new Map(state);
  let at = 0;
  const values = arrays.get(`teacher-${kind}`)!.data as Float32Array;
  for (const name of [...state.keys()].filter((name) => name.startsWith("teacher.")).sort()) {
    const { shape, data } = state.get(name)!;
    next.set(name, { dtype: "float32", shape, data: values.slice(at, at + data.length) });
    at += data.length;
  }
  for (const part of ["weight", "bias"]) {
    if (next.has(`sentence_projection.${part}`)) next.set(`sentence_projection.${part}`, arrays.get(`projection/${part}`)!);
  }
  return next;
}

onEachBackend("one step of clipTask equals PyTorch's", () => {
  it.each(CASES)("%s", async (name, kind, optionsOf) => {
    const before = tf.memory().numTensors;
    const bert = goldenBert(arrays);
    bert.tokenizer = BertTokenizer.fromVocab(BERT_VOCABULARY);
    for (const chunk of [undefined, 4]) {
      const { model, batch } = make(kind);
      const task = clipTask(model, { ...optionsOf(bert), ...(chunk && { chunk }) });
      task.begin!();
      const state = started(await task.state(), kind);
      task.restore(state);
      const parameters = task.trainable();
      const result = differentiate(task, batch, parameters, { step: 0, micro: 0, training: true });
      const scalars = Object.fromEntries(
        [...Object.entries(result.parts), ...Object.entries(result.logs)].map(([key, value]) => [key, value.dataSync()[0]]),
      );
      const { loss, ...rest } = golden.cases[name] as Record<string, number>;
      expect(result.loss.dataSync()).toBeAllclose([loss!]);
      expect(Object.keys(scalars).sort()).toEqual(Object.keys(rest).sort());
      for (const [key, value] of Object.entries(rest)) expect([scalars[key]!], key).toBeAllclose([value]);
      const gradients = new Map(parameters.map((parameter, i) => [parameter.name, result.gradients[i]!]));
      const trained = (weight: string) => gradients.has(weight);
      expect(joined(asCheckpoint(model.parameters, gradients), "", trained)).toBeAllclose(floats(arrays, `${name}/gradients`), {
        rtol: 1e-4,
        atol: 2e-6,
      });
      const own = [...arrays.keys()].filter((key) => key.startsWith(`${name}/own/`));
      expect(parameters.length - joinedNames(model.parameters.specs, trained)).toBe(own.length / 2);
      release(result);
      task.end!();

      const after = await oneStep(task, batch, state, golden.learningRate);
      const close = { rtol: 1e-5, atol: 2e-6 };
      expect(joined(after, "student.", trained)).toBeAllclose(floats(arrays, `${name}/updated`), close);
      for (const key of own.filter((key) => key.endsWith("/updated")))
        expect(after.get(key.split("/")[2]!)!.data, key).toBeAllclose(floats(arrays, key), close);
      if (arrays.has(`${name}/teacher`)) expect(joined(after, "teacher.")).toBeAllclose(floats(arrays, `${name}/teacher`), close);
      model.dispose();
    }
    bert.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function joinedNames(specs: readonly { name: string }[], trained: (name: string) => boolean): number {
  return specs.filter(({ name }) => trained(name)).length;
}
