// onnxruntime-node, timed: node ort-peer.mjs THREADS [-fused]. Answers a JSON line {workload, warm, repeats} on stdin with {ms}.
import { createRequire } from "node:module";
import { join } from "node:path";
import { answerRequests } from "./answer.mjs";
import { createNumbers, INPUTS } from "./numbers.mjs";
import { paths } from "./peers.mjs";

const ort = createRequire(import.meta.url)(paths.onnxruntime);
const threads = Number(process.argv[2] ?? 2);

const open = (file) =>
  ort.InferenceSession.create(join(paths.models, `${file}.onnx`), {
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });

async function vit(batch, form) {
  const session = await open(`vit-b32${form}`);
  const images = new ort.Tensor("float32", createNumbers(INPUTS).floats(batch * 224 * 224 * 3, 1), [batch, 224, 224, 3]);
  const run = async () => (await session.run({ images })).embeddings.data;
  return { run, check: async () => Array.from((await run()).slice(-512, -508)) };
}

const PROMPT = 40;
const GENERATED = 30;
const VOCABULARY = 50257;

async function gpt2(batch, form) {
  const session = await open(`gpt2${form}`);
  const fused = form === "-fused";
  const prompt = createNumbers(INPUTS).ids(batch * PROMPT, VOCABULARY);
  const empty = fused ? [2, batch, 12, 0, 64] : [batch, 12, 0, 64];
  const pasts = session.inputNames.filter((name) => name.startsWith("past"));
  const generate = async () => {
    const chosen = [];
    let ids = BigInt64Array.from(prompt, BigInt);
    let cache = Object.fromEntries(pasts.map((name) => [name, new ort.Tensor("float32", new Float32Array(0), empty)]));
    for (let past = 0, step = 0; step < GENERATED; step++) {
      const length = ids.length / batch;
      const feeds = { ...cache, ids: new ort.Tensor("int64", ids, [batch, length]) };
      feeds.positions = new ort.Tensor(
        "int64",
        BigInt64Array.from({ length }, (_, i) => BigInt(past + i)),
        [length],
      );
      past += length;
      if (!fused) feeds.causal_bias = causalBias(length, past);
      const results = await session.run(feeds);
      const tokens = argmaxRows(results.logits.data, batch);
      chosen.push(tokens);
      ids = BigInt64Array.from(tokens, BigInt);
      cache = Object.fromEntries(pasts.map((name) => [name, results[name.replace("past", "present")]]));
    }
    return chosen;
  };
  return { run: generate, check: async () => (await generate()).map((tokens) => tokens[batch - 1]) };
}

function causalBias(length, all) {
  const bias = new Float32Array(length * all);
  for (let i = 0; i < length; i++) bias.fill(-1e9, i * all + i + all - length + 1, (i + 1) * all);
  return new ort.Tensor("float32", bias, [1, 1, length, all]);
}

function argmaxRows(logits, batch) {
  const width = logits.length / batch;
  return Array.from({ length: batch }, (_, row) => {
    let best = row * width;
    for (let i = best + 1; i < (row + 1) * width; i++) if (logits[i] > logits[best]) best = i;
    return best - row * width;
  });
}

const form = process.argv[3] ?? "";
const workloads = {
  "vit-b1": () => vit(1, form),
  "vit-b8": () => vit(8, form),
  "gpt2-b1": () => gpt2(1, form),
  "gpt2-b8": () => gpt2(8, form),
};
await answerRequests({ kernels: "MLAS, chosen by the processor", threads, version: ort.env.versions?.node }, (name) => workloads[name]());
