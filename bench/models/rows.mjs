// What is measured, in which unit, and beside what.
import { BEAMS, GENERATED, TRAINED } from "./inputs.mjs";
import { versions } from "./peers.mjs";

export const PEER = `@huggingface/transformers ${versions.transformersJs} (onnxruntime-node ${versions.onnxruntime}, CPU, float32)`;

const SENTENCES = "MiniLM-L6-H384";
const GPT2 = `GPT-2 small, 40 + ${GENERATED} tokens`;

/** Logits of GPT-2's vocabulary: what the peer hands to JavaScript at each step of a row. */
const STEP_BYTES = 4 * 50257;

function captioner(mapper) {
  return {
    kind: `clipcap-${mapper}`,
    name: `ClipCap, ${mapper} mapper, embedding to ${GENERATED} tokens`,
    unit: "captions/s",
    batches: [1, 8],
    peer: { kind: "gpt2", note: "its GPT-2 from 40 prompt tokens, for want of a ClipCap; ours runs the mapper too" },
  };
}

/**
 * Things a second: `items` (1) a row of the batch. The peer does the same, or `peer`: a `kind` of its own at `rows` a row, said by `note`; `peer: {}`
 * where results can't be compared. `stepBytes` are what the peer reads at a step; `backends` are all unless given.
 */
export const throughputs = [
  { kind: "clip-image", name: "CLIP ViT-B/32 image tower", unit: "images/s", batches: [1, 8, 32] },
  { kind: "clip-text", name: "CLIP ViT-B/32 text tower, 77 tokens", unit: "texts/s", batches: [1, 32] },
  { kind: "siglip-image", name: "SigLIP B/16 image tower", unit: "images/s", batches: [1, 8] },
  { kind: "siglip-text", name: "SigLIP B/16 text tower, 64 tokens", unit: "texts/s", batches: [1, 32] },
  { kind: "sentences", name: `${SENTENCES}, sentence embeddings`, unit: "texts/s", batches: [1, 32] },
  { kind: "gpt2", name: `${GPT2}, greedy`, unit: "tokens/s", items: GENERATED, batches: [1, 8], stepBytes: STEP_BYTES },
  {
    kind: "gpt2-beams",
    name: `${GPT2}, ${BEAMS} beams`,
    unit: "tokens/s",
    items: GENERATED,
    batches: [1],
    stepBytes: BEAMS * STEP_BYTES,
    peer: { kind: "gpt2", rows: BEAMS, note: `greedy over ${BEAMS} rows, for want of beams` },
  },
  {
    kind: "gpt2-nucleus",
    name: `${GPT2}, nucleus`,
    unit: "tokens/s",
    items: GENERATED,
    batches: [1],
    stepBytes: STEP_BYTES,
    peer: {}, // each draws with a generator of its own
  },
  { ...captioner("mlp"), backends: ["native"] }, // the mapper of 472 million parameters and its packed copy are beyond wasm's heap of 4 GB
  captioner("transformer"),
];

/** From files to a first result, in a process of its own; files are in the system's cache. */
export const loads = [
  { kind: "load-clip", name: "CLIP ViT-B/32, both towers" },
  { kind: "load-sentences", name: SENTENCES },
  { kind: "load-gpt2", name: "GPT-2 small" },
];

const TRAINING = `CLIP ViT-B/32, both towers: a step of AdamW, batch ${TRAINED}`;

/** The most memory of a process that trains; `bound` in MB. Wasm's heap of 4 GB is too small for it. */
export const trainMemories = [
  { kind: "train", name: `${TRAINING}: peak memory`, backends: ["native"] },
  { kind: "train-checkpointed", name: `${TRAINING}, checkpointed: peak memory`, bound: 8000, backends: ["native"] },
];

/** The most memory of a process while it loads a folder of models.py's; `bound` in models' sizes. */
export const loadMemories = [
  { kind: "load-single", folder: "clip", form: "safetensors" },
  { kind: "load-sharded", folder: "clip_sharded", form: "safetensors in 4 shards" },
  { kind: "load-bin", folder: "clip_bin", form: "PyTorch's .bin" },
].map(({ form, ...rest }) => ({ ...rest, name: `CLIP ViT-B/32, both towers, from ${form}: peak memory while loading`, bound: 1.2 }));
