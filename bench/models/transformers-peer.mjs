// @huggingface/transformers on onnxruntime-node, timed: node transformers-peer.mjs THREADS. It has no beam search: as many rows stand for the beams.
import { basename, dirname } from "node:path";
import { answerRequests } from "../backend/answer.mjs";
import { GPT2_SMALL } from "../backend/weights.mjs";
import { GENERATED, PROMPT, promptIds, SAMPLING, workload } from "./decoding.mjs";
import { gpt2Folder, TRANSFORMERS, transformersPath } from "./peers.mjs";

const { env, GPT2LMHeadModel, Tensor } = await import(transformersPath);
Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: dirname(gpt2Folder) });
const threads = Number(process.argv[2] ?? 2);
const model = await GPT2LMHeadModel.from_pretrained(basename(gpt2Folder), {
  dtype: "fp32",
  device: "cpu",
  session_options: { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" },
});

function open(id) {
  const { way, peerRows: rows } = workload(id);
  const prompt = promptIds(workload(id).rows);
  const ids = BigInt64Array.from({ length: rows * PROMPT }, (_, i) => BigInt(prompt[i % prompt.length]));
  const inputs = new Tensor("int64", ids, [rows, PROMPT]);
  const attention_mask = new Tensor("int64", new BigInt64Array(rows * PROMPT).fill(1n), [rows, PROMPT]);
  const sampling = way === "nucleus" ? { do_sample: true, top_k: SAMPLING.topK, top_p: SAMPLING.p, temperature: SAMPLING.temperature } : {};
  const run = () => model.generate({ inputs, attention_mask, max_new_tokens: GENERATED, ...sampling });
  const check = async () => {
    const texts = (await run()).tolist();
    const tokens = way === "greedy" ? texts.at(-1).slice(PROMPT).map(Number) : [];
    return { tokens, bytes: (4 * GPT2_SMALL.vocabulary * rows) / workload(id).rows }; // of the logits that each step hands to JavaScript
  };
  return { run, check };
}

await answerRequests({ version: TRANSFORMERS, threads }, open);
