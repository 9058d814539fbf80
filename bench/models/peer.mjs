// @huggingface/transformers on onnxruntime-node's CPU kernels, float32: node peer.mjs THREADS. Workloads are those of rows.mjs.
import { pathToFileURL } from "node:url";
import { answerRequests } from "../backend/answer.mjs";
import { captions, GENERATED, PROMPT, parseWorkload, pixels, prompts, SAMPLING, sentences, siglipCaptions } from "./inputs.mjs";
import { paths } from "./peers.mjs";

const hf = await import(pathToFileURL(paths.transformersJs));
hf.env.localModelPath = paths.models;
hf.env.allowRemoteModels = false;
const threads = Number(process.argv[2] ?? 2);
const options = {
  dtype: "fp32",
  device: "cpu",
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" },
};
const load = {
  "clip-image": () => hf.CLIPVisionModelWithProjection.from_pretrained("clip", options),
  "clip-text": () => hf.CLIPTextModelWithProjection.from_pretrained("clip", options),
  "siglip-image": () => hf.SiglipVisionModel.from_pretrained("siglip", options),
  "siglip-text": () => hf.SiglipTextModel.from_pretrained("siglip", options),
  sentences: () => hf.BertModel.from_pretrained("bert", options),
  gpt2: () => hf.GPT2LMHeadModel.from_pretrained("gpt2", options),
  "gpt2-nucleus": () => modelOf("gpt2"),
};
const loaded = new Map();
function modelOf(kind) {
  if (!loaded.has(kind)) loaded.set(kind, load[kind]());
  return loaded.get(kind);
}

const int64 = (ids, shape) => new hf.Tensor("int64", BigInt64Array.from(ids, BigInt), shape);
const ones = (shape) => int64(new Uint8Array(shape[0] * shape[1]).fill(1), shape);

const generation =
  (way) =>
  (model, batch, length = GENERATED) => {
    const { ids, shape } = prompts(batch);
    const inputs = { input_ids: int64(ids, shape), attention_mask: ones(shape), max_new_tokens: length, min_new_tokens: length, ...way };
    return async () => (await model.generate(inputs)).tolist().flatMap((row) => row.slice(PROMPT).map(Number));
  };

const encodingImages = (output) => (model, batch) => {
  const inputs = { pixel_values: new hf.Tensor("float32", pixels(batch), [batch, 3, 224, 224]) };
  return async () => (await model(inputs))[output].normalize(2, -1).data;
};

const encodingTexts = (texts, output) => (model, batch) => {
  const { ids, shape } = texts(batch);
  const inputs = { input_ids: int64(ids, shape) };
  return async () => (await model(inputs))[output].normalize(2, -1).data;
};

/** What is done with a model, again and again; each gives numbers to compare. */
const kinds = {
  "clip-image": encodingImages("image_embeds"),
  "clip-text": encodingTexts(captions, "text_embeds"),
  "siglip-image": encodingImages("pooler_output"),
  "siglip-text": encodingTexts(siglipCaptions, "pooler_output"),
  sentences: (model, batch) => {
    const { ids, lengths, shape } = sentences(batch);
    const mask = int64(
      ids.map((_, i) => (i % shape[1] < lengths[Math.floor(i / shape[1])] ? 1 : 0)),
      shape,
    );
    const inputs = { input_ids: int64(ids, shape), attention_mask: mask, token_type_ids: int64(new Uint8Array(ids.length), shape) };
    return async () => hf.mean_pooling((await model(inputs)).last_hidden_state, mask).normalize(2, -1).data;
  },
  gpt2: generation({ do_sample: false }),
  "gpt2-nucleus": generation({ do_sample: true, top_p: SAMPLING.p, top_k: SAMPLING.topK, temperature: SAMPLING.temperature }),
};

/** From files to first results. */
const loads = {
  "load-clip": async () => {
    const [image, text] = [await load["clip-image"](), await load["clip-text"]()];
    return [...(await kinds["clip-image"](image, 1)()), ...(await kinds["clip-text"](text, 1)())];
  },
  "load-gpt2": async () => kinds.gpt2(await load.gpt2(), 1, 1)(),
  "load-sentences": async () => kinds.sentences(await load.sentences(), 1)(),
};

async function open(workload) {
  const { kind, batch } = parseWorkload(workload);
  if (loads[kind]) return { run: loads[kind], check: () => [] };
  const run = kinds[kind](await modelOf(kind), batch);
  return { run, check: async () => Array.from(await run()) };
}

await answerRequests({ kernels: "MLAS, chosen by the processor", threads, startMs: performance.now() }, open);
