// Our side: the public models on the backend named by the first argument. Workloads are those of rows.mjs.
import { join } from "node:path";
import { l2Normalize, startBackend } from "@rsdix/backend";
import { beamSearch, Clip, ClipCap, Gpt2, greedy, nucleus, SentenceBert, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { answerRequests } from "../backend/answer.mjs";
import { kernelsOf } from "../backend/kernels-of.mjs";
import { BEAMS, captions, embeddings, GENERATED, parseWorkload, pixels, prompts, SAMPLING, sentences, siglipCaptions } from "./inputs.mjs";
import { paths } from "./peers.mjs";
import { readBytes } from "./read-bytes.mjs";

const backend = process.argv[2] ?? "native";
const info = await startBackend(backend);

const load = {
  clip: (towers = "both") => Clip.fromPretrained(join(paths.models, "clip"), { towers }),
  "clip-image": () => load.clip("image"),
  "clip-text": () => load.clip("text"),
  "siglip-image": () => Siglip.fromPretrained(join(paths.models, "siglip"), { towers: "image" }),
  "siglip-text": () => Siglip.fromPretrained(join(paths.models, "siglip"), { towers: "text" }),
  gpt2: () => Gpt2.fromPretrained(join(paths.models, "gpt2")),
  bert: () => SentenceBert.fromPretrained(join(paths.models, "bert")),
  "clipcap-mlp": () => ClipCap.fromConfig({ prefixSize: 512, mapper: "mlp" }, 1),
  "clipcap-transformer": () => ClipCap.fromConfig({ prefixSize: 512, mapper: "transformer" }, 1),
};

const loaded = new Map();
function modelOf(name) {
  if (!loaded.has(name)) loaded.set(name, load[name]());
  return loaded.get(name);
}

const read = (tensor) => {
  const values = tensor.dataSync();
  tensor.dispose();
  return values;
};

/** A plain BERT's folder doesn't say that embeddings are scaled to length 1. */
const embed = (bert, tokens) => tf.tidy(() => l2Normalize(bert.encode(tokens)));

const stop = [];
const ways = {
  greedy: (decoding, maxTokens) => greedy(decoding, { stop, maxTokens }),
  beams: async (decoding, maxTokens) => (await beamSearch(decoding, { beams: BEAMS, stop, maxTokens })).map(([best]) => best),
  nucleus: (decoding, maxTokens) => nucleus(decoding, { ...SAMPLING, seed: 1, stop, maxTokens }),
};

async function generate(gpt2, prompt, maxTokens, way = "greedy") {
  const start = gpt2.embed(prompt);
  const decoding = gpt2.decode(start);
  const texts = await ways[way](decoding, maxTokens);
  decoding.dispose();
  start.dispose();
  return texts.flatMap(({ tokens }) => tokens);
}

const decoded = (way) => (gpt2, batch) => {
  const prompt = prompts(batch);
  return () => generate(gpt2, prompt, GENERATED, way);
};

/** No word of a vocabulary is decoded: what is timed is the model. */
const idsAsText = { encode: () => [], decode: (ids) => ids.join(" ") };

function captioning(clipcap, batch) {
  const images = tf.tensor2d(embeddings(batch), [batch, 512]);
  return async () => {
    const texts = await clipcap.caption(images, idsAsText, { stop, maxTokens: GENERATED });
    const short = texts.find((text) => text.split(" ").length !== GENERATED);
    if (short !== undefined) throw new Error(`A caption must have ${GENERATED} tokens, got ${short}`);
    return [];
  };
}

function encodingImages(model, batch) {
  const images = tf.tensor4d(pixels(batch), [batch, 3, 224, 224]);
  return () => read(model.encodeImage(images));
}

const encodingTexts = (texts) => (model, batch) => {
  const tokens = texts(batch);
  return () => read(model.encodeText(tokens));
};

/** What is done with a model, again and again; each gives numbers to compare. */
const kinds = {
  "clip-image": ["clip-image", encodingImages],
  "clip-text": ["clip-text", encodingTexts(captions)],
  "siglip-image": ["siglip-image", encodingImages],
  "siglip-text": ["siglip-text", encodingTexts(siglipCaptions)],
  sentences: [
    "bert",
    (bert, batch) => {
      const tokens = sentences(batch);
      return () => read(embed(bert, tokens));
    },
  ],
  gpt2: ["gpt2", decoded("greedy")],
  "gpt2-beams": ["gpt2", decoded("beams")],
  "gpt2-nucleus": ["gpt2", decoded("nucleus")],
  "clipcap-mlp": ["clipcap-mlp", captioning],
  "clipcap-transformer": ["clipcap-transformer", captioning],
};

/** From files to first results. */
const loads = {
  "load-clip": async () => {
    const clip = await load.clip();
    const image = tf.tidy(() => clip.encodeImage(tf.tensor4d(pixels(1), [1, 3, 224, 224])));
    return [...read(image), ...read(clip.encodeText(captions(1)))];
  },
  "load-gpt2": async () => generate(await load.gpt2(), prompts(1), 1),
  "load-sentences": async () => read(embed(await load.bert(), sentences(1))),
};

async function open(workload) {
  const { kind, batch } = parseWorkload(workload);
  if (loads[kind]) return { run: loads[kind], check: () => [] };
  const [model, prepare] = kinds[kind];
  const run = prepare(await modelOf(model), batch);
  const profile = async () => ({ bytes: await readBytes(run) });
  return { run, check: async () => Array.from(await run()), profile };
}

const kernels = await kernelsOf(backend, `${backend}, ${info.threads} thread${info.threads === 1 ? "" : "s"}`);
await answerRequests({ kernels, backend: info.name, threads: info.threads, startMs: performance.now() }, open);
