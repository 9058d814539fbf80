// Our side: GPT-2 of @rsdix/models on the backend named by the first argument, timed like the peer.
import { startBackend } from "@rsdix/backend";
import { beamSearch, Gpt2, greedy, nucleus } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { answerRequests } from "../backend/answer.mjs";
import { createNumbers } from "../backend/numbers.mjs";
import { GPT2_SMALL, makeGpt2 } from "../backend/weights.mjs";
import { GENERATED, PROMPT, promptIds, SAMPLING, workload } from "./decoding.mjs";

const info = await startBackend(process.argv[2] ?? "native");

/** The weights of bench/backend under GPT-2's own names. */
function checkpoint() {
  const { table, positions, blocks, last } = makeGpt2(createNumbers(), (data, shape) => ({ dtype: "float32", shape, data }), GPT2_SMALL);
  const norm = (name, { gamma, beta }) => [
    [`${name}.weight`, gamma],
    [`${name}.bias`, beta],
  ];
  const dense = (name, { w, b }) => [
    [`${name}.weight`, w],
    [`${name}.bias`, b],
  ];
  const layers = blocks.flatMap((block, i) => [
    ...norm(`h.${i}.ln_1`, block.norm1),
    ...dense(`h.${i}.attn.c_attn`, block.qkv),
    ...dense(`h.${i}.attn.c_proj`, block.out),
    ...norm(`h.${i}.ln_2`, block.norm2),
    ...dense(`h.${i}.mlp.c_fc`, block.up),
    ...dense(`h.${i}.mlp.c_proj`, block.down),
  ]);
  return new Map([["wte.weight", table], ["wpe.weight", positions], ...layers, ...norm("ln_f", last)]);
}

const gpt2 = Gpt2.fromCheckpoint({}, checkpoint());

/** Bytes that the program reads from tensors while `body` runs; kernels, which read through the backend, are not counted. */
async function bytesRead(body) {
  const engine = tf.engine();
  let bytes = 0;
  const count = (values) => {
    bytes += values.byteLength;
    return values;
  };
  const { read, readSync } = engine;
  engine.read = async (dataId) => count(await read.call(engine, dataId));
  engine.readSync = (dataId) => count(readSync.call(engine, dataId));
  try {
    await body();
    return bytes;
  } finally {
    Object.assign(engine, { read, readSync });
  }
}

function open(id) {
  const { way, rows, beams } = workload(id);
  const ids = promptIds(rows);
  const options = { stop: [], maxTokens: GENERATED };
  const ways = {
    greedy: (decoding) => greedy(decoding, options),
    beams: (decoding) => beamSearch(decoding, { ...options, beams }),
    nucleus: (decoding) => nucleus(decoding, { ...options, ...SAMPLING, seed: 1 }),
  };
  const run = async () => {
    const prompt = gpt2.embed({ ids, shape: [rows, PROMPT] });
    const decoding = gpt2.decode(prompt);
    prompt.dispose();
    const texts = await ways[way](decoding);
    decoding.dispose();
    return texts;
  };
  const check = async () => {
    let texts;
    const bytes = await bytesRead(async () => {
      texts = await run();
    });
    return { tokens: way === "greedy" ? texts.at(-1).tokens : [], bytes: bytes / (GENERATED * rows) };
  };
  return { run, check };
}

await answerRequests({ backend: info.name, threads: info.threads ?? 1 }, open);
