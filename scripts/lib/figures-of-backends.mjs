// What the pages of backends and losses name of backend.json, gpu.json, models.json and losses.json: a page, a passage with `#` for each figure, and what was
// measured.
import { both, digits, perSecond, range, row } from "./measured-rows.mjs";

const AVX512 = "PyTorch 2.15.0 eager, its MKL";
const ONNX = "onnxruntime-node 1.30.0";

const step = (batch) => `ViT-B/32 + text 12x512, forward + backward + AdamW, batch ${batch}`;
const gpu = (name) => row("gpu", name);
const forward = (batch) => gpu(`ViT-B/32 forward, batch ${batch}`);
const native = (name) => row("models", name, { on: "native" });

const GUIDE = "docs/guides/backends.md";
const RECALL = "recall at 1, 5, 10 of 10000 images x 50000 texts, dim 512";
const OPENING = "open an annotation of 157,500 captions";
const LOADING = "CLIP ViT-B/32, both towers: load";
const LOADING_MINILM = "MiniLM-L6-H384: load";
const CLIPCAP = "ClipCap, mlp mapper, embedding to 30 tokens";
const sixth = (size) => row("data", `augment ${size} x ${size}: all six`);

/** Images a second by a processor: wasm, native, and transformers.js. */
function byProcessor(batch) {
  const name = `CLIP ViT-B/32 image tower, batch ${batch}`;
  return [row("models", name, { on: "wasm" }).ours, ...both(native(name))];
}

/** Images a second by the graphics card: WebGPU and PyTorch. */
const byCard = (batch, count) => perSecond(forward(batch)).map((each) => digits(each, count));

/** How fast ours is, and how much more memory it takes. */
const cost = (time, memory) => [time.ratio, 1 / memory.ratio];

const IN_GUIDE = [
  [GUIDE, "| batch 1 | # | # | # | # | # |", byProcessor(1), byCard(1, 2)],
  [GUIDE, "| batch 8 | # | # | # | # | # |", byProcessor(8), byCard(8, 3)],
  [GUIDE, "| batch 32 | # | # | # |", byProcessor(32)],
  [GUIDE, "| batch 64 | | | | # | # |", byCard(64, 3)],
  [GUIDE, "AdamW takes # s on `native`,", row("backend", step(8), { peer: AVX512 }).ours],
  [GUIDE, "# s on `webgpu` on that card, and # s in PyTorch", both(gpu(step(8)))],
  [GUIDE, "by 50,000 texts | # times | # times |", cost(row("metrics", RECALL), row("metrics", `${RECALL}: peak memory`))],
  [GUIDE, "of an image of 256² | # times |", sixth(256).ratio],
  [GUIDE, "of their flips alone | #, # times |", sixth(600).ratio, row("data", "augment 600 x 600: flips").ratio],
  [GUIDE, "157,500 captions | # times | # times |", cost(row("data", OPENING), row("data", `${OPENING}: peak memory of the process`))],
  [
    GUIDE,
    "start of Node on | # times | # times |",
    cost(native(`${LOADING}, start of Node to first result`), native(`${LOADING}, peak memory`)),
  ],
  [
    GUIDE,
    "of 6 layers | # times | # times |",
    cost(native(`${LOADING_MINILM}, start of Node to first result`), native(`${LOADING_MINILM}, peak memory`)),
  ],
  [GUIDE, "memory at 8 | # times | # times |", cost(native(`${CLIPCAP}, batch 1`), native(`${CLIPCAP}, batch 8: peak memory`))],
  [GUIDE, "Recall takes # s in place of #, the augmentations # ms an image in place of #", both(row("metrics", RECALL)), both(sixth(256))],
];

const CARD = "packages/backend/README.md";
const CARD_NOTE = ".changeset/first-release-backend.md";

const ON_CARD = [
  [CARD, "| ViT-B/32 forward, batch 1 | # ms | # ms |", both(forward(1))],
  [CARD, "| ViT-B/32 forward, batch 64 | # ms an image | # ms an image |", both(forward(64))],
  [CARD, "a training step with AdamW, batch 8 | # s | # s |", both(gpu(step(8)))],
  [CARD, "| the same, batch 32 | # s | # s |", both(gpu(step(32)))],
  [
    CARD,
    "`native` needs # ms an image and # s for the step of batch 8",
    row("backend", "ViT-B/32 forward, batch 8", { peer: ONNX }).ours,
    row("backend", step(8), { peer: AVX512 }).ours,
  ],
  [CARD_NOTE, "takes # ms for one image (PyTorch on CUDA: # ms)", both(forward(1))],
  [CARD_NOTE, "at batch 8 takes # s (# s)", both(gpu(step(8)))],
];

const NATIVE = "packages/backend-native/README.md";
const NATIVE_NOTE = ".changeset/first-release-backend-native.md";
const SHAPES = [
  "512^3",
  "1024^3",
  "[400,768]x[768,3072]",
  "dx: [400,3072]x[768,3072]^T",
  "dw: [400,768]^Tx[400,3072]",
  "[1600,768]x[768,3072]",
];
const PRODUCTS = SHAPES.map((shape) => row("backend", `sgemm ${shape}`));
const rangeOf = (key) => range(PRODUCTS.map((each) => each[key]));
const ATTENTION = row("backend", "attention [8,12,50,64] forward + backward", { peer: AVX512 });
const image = (batch) => row("backend", `ViT-B/32 forward, batch ${batch}`, { peer: ONNX });
const written = (batch) => row("backend", `GPT-2 small, KV cache, 40 + 30 tokens, batch ${batch}`, { peer: ONNX });
const withRatio = (found) => [...both(found), found.ratio];

/** A training step, in seconds and GiB: ours, the peer's, and the ratios to PyTorch with AVX-512 and as it ships. */
function stepOf(batch) {
  const time = row("backend", step(batch), { peer: AVX512 });
  const memory = row("backend", `${step(batch)}: peak memory`, { peer: AVX512 });
  const shipped = row("backend", step(batch), { peer: "PyTorch 2.15.0 eager, as shipped" });
  return { ours: [time.ours, memory.ours], peer: [time.peer, memory.peer], ratios: [time.ratio, shipped.ratio] };
}
const flat = ({ ours, peer, ratios }) => [...ours, ...peer, ...ratios];
const STEP_CELLS = "| # s, # GiB | # s, # GiB | # | PyTorch 2.15, AVX-512 (# as it ships) |";

const ON_NATIVE = [
  [NATIVE, "of a transformer | #-# GFLOP/s | #-# GFLOP/s | #-# |", ["ours", "peer", "ratio"].map(rangeOf)],
  [NATIVE, "forward + backward | # ms | # ms | # |", withRatio(ATTENTION)],
  [NATIVE, "| ViT-B/32 forward, batch 8 | # ms/image | # ms/image | # |", withRatio(image(8))],
  [NATIVE, "| ViT-B/32 forward, batch 1 | # ms | # ms | # |", withRatio(image(1))],
  [NATIVE, `training step, batch 8 ${STEP_CELLS}`, flat(stepOf(8))],
  [NATIVE, `| the same, batch 32 ${STEP_CELLS}`, flat(stepOf(32))],
  [NATIVE, "with KV cache, batch 1 | # tokens/s | # tokens/s | # |", withRatio(written(1))],
  [NATIVE, "| the same, batch 8 | # tokens/s | # tokens/s | # |", withRatio(written(8))],
  [NATIVE, "(about # MB, nearly all of it", row("backend", "unpacked size of the native package for one platform").ours],
  [NATIVE_NOTE, "takes # ms an image at batch 8 (onnxruntime-node: #)", both(image(8))],
  [NATIVE_NOTE, "takes # s and # GiB (PyTorch: # s, # GiB)", stepOf(32).ours, stepOf(32).peer],
  [NATIVE_NOTE, "writes # tokens a second (onnxruntime-node: #)", both(written(1))],
];

const TILES = "docs/losses/tiles.md";
const LOSSES = ["infoNCE", "sigmoidLoss", "supervisedContrastive", "similarityMSE", "selfDistillationLoss", "rsdixLoss"];
const loss = (name, on = "native", peer = "") => row("losses", name, { on, peer });
const held = (name) => loss(`${name} peak-bytes N=8192`);
const whole = (name) => loss(`${name} process-bytes N=32768`).spread.total / 1e6;
const timed = (name, on) => [256, "auto"].map((tile) => loss(`${name} time N=2048 tile=${tile}`, on));
const timeCells = (name, on) => [timed(name, on)[0].peer, ...timed(name, on).map(({ ratio }) => 1 / ratio)];
const calls = (name) => [...both(loss(`${name} kernels dense on N x N`)), ...both(loss(`${name} kernels dense`))];
const GROWN = loss("similarityMSE process-bytes N=2048", "wasm");

const OF_LOSSES = [
  ...LOSSES.flatMap((name) => [
    [TILES, `| \`${name}\` | # MB | # MB | # | # MB |`, held(name).peer / 1e6, held(name).ours / 1e6, held(name).ratio, whole(name)],
    [TILES, `| \`${name}\` | # ms | # | # | # ms | # | # |`, timeCells(name, "native"), timeCells(name, "wasm")],
    [TILES, `| \`${name}\` | # | # | # | # |`, calls(name)],
  ]),
  [
    TILES,
    "for `selfDistillationLoss` (#) and `rsdixLoss` (#)",
    ["selfDistillationLoss", "rsdixLoss"].map((name) => loss(`${name} peak-bytes N=8192 tile=256`).ratio),
  ],
  [TILES, "process grows by # MB beside # MB", both(GROWN, 1e6)],
  [TILES, "the same cores: #, #, #, #, # and # ms", LOSSES.map((name) => loss(`${name} dense N=2048 time`, "native", "PyTorch").peer)],
  ["packages/core-losses/README.md", 'holds # MB beyond the inputs with `tile: "auto"` and # MB', both(held("rsdixLoss"), 1e6)],
  ["packages/core-losses/README.md", "run in a process of # MB", whole("rsdixLoss")],
  [".changeset/first-release-core-losses.md", "`rsdixLoss` holds # MB beyond its inputs, dense # MB", both(held("rsdixLoss"), 1e6)],
];

export const BACKEND_FIGURES = [...IN_GUIDE, ...ON_CARD, ...ON_NATIVE, ...OF_LOSSES];
