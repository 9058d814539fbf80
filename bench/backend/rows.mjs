// The table of figures: what is timed, against whom, and in which unit.

/** [m, k, n] of the products. */
export const SHAPES = { 512: [512, 512, 512], 1024: [1024, 1024, 1024], 400: [400, 768, 3072], 1600: [1600, 768, 3072] };

const flop = ([m, k, n]) => 2 * m * k * n;
const gflops = (shape) => ({ unit: "GFLOP/s", higher: true, value: (ms) => flop(shape) / ms / 1e6 });
const perImage = (batch) => ({ unit: "ms/image", value: (ms) => ms / batch });
const seconds = { unit: "s/step", value: (ms) => ms / 1e3 };
const tokens = (batch) => ({ unit: "tokens/s", higher: true, value: (ms) => (30 * batch * 1e3) / ms });

const sgemm = (id, name, size) => ({
  id,
  name: `sgemm ${name}`,
  ...gflops(SHAPES[size]),
  goal: 0.95,
  peers: ["openblas"],
  rounds: 15,
  warm: 2,
  repeats: 10,
});

/** What is timed on processors here, and on a graphics card in bench/gpu.mjs. */
export const attention = { id: "attention", name: "attention [8,12,50,64] forward + backward", unit: "ms", value: (ms) => ms };
export const forward = (batch) => ({ id: `vit-b${batch}`, name: `ViT-B/32 forward, batch ${batch}`, ...perImage(batch) });
export const training = (batch) => ({
  id: `train-b${batch}`,
  name: `ViT-B/32 + text 12x512, forward + backward + AdamW, batch ${batch}`,
  ...seconds,
});

/** `goal` is the least ratio; `rounds` of `repeats` runs each, ours and the peers' in turn. */
export const rows = [
  sgemm("sgemm-512", "512^3", 512),
  sgemm("sgemm-1024", "1024^3", 1024),
  sgemm("sgemm-400", "[400,768]x[768,3072]", 400),
  sgemm("sgemm-400-dx", "dx: [400,3072]x[768,3072]^T", 400),
  sgemm("sgemm-400-dw", "dw: [400,768]^Tx[400,3072]", 400),
  sgemm("sgemm-1600", "[1600,768]x[768,3072]", 1600),
  {
    ...attention,
    goal: 1,
    peers: ["torch", "torch-sdpa", "torch-shipped"],
    rounds: 15,
    warm: 5,
    repeats: 30,
  },
  {
    ...forward(8),
    goal: 1,
    peers: ["onnxruntime", "onnxruntime-fused", "torch"],
    rounds: 11,
    warm: 1,
    repeats: 3,
  },
  {
    ...forward(1),
    goal: 1,
    peers: ["onnxruntime", "onnxruntime-fused", "torch"],
    rounds: 15,
    warm: 2,
    repeats: 8,
  },
  ...[8, 32].map((batch) => ({
    ...training(batch),
    goal: 1 / 0.95,
    peers: ["torch", "torch-shipped"],
    memory: true,
    rounds: 7,
    warm: 0,
    repeats: batch === 8 ? 2 : 1,
  })),
  ...[1, 8].map((batch) => ({
    id: `gpt2-b${batch}`,
    name: `GPT-2 small, KV cache, 40 + 30 tokens, batch ${batch}`,
    ...tokens(batch),
    goal: 1,
    peers: ["onnxruntime", "onnxruntime-fused"],
    rounds: 11,
    warm: 0,
    repeats: 1,
  })),
  {
    id: "clip30m-b8",
    name: "30M-parameter CLIP step on wasm, batch 8",
    ...seconds,
    goal: 4,
    backend: "wasm",
    peers: ["tfjs"],
    memory: true,
    rounds: 3,
    warm: 0,
    repeats: 1,
  },
  { id: "size", backend: "native", name: "unpacked size of the native package for one platform", unit: "MB", goal: 1, peers: [] },
];
