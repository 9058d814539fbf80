// What the pages of models and training name of models.json and train.json: a page, a passage with `#` for each figure, and what was measured.
import { both, range, row } from "./measured-rows.mjs";

const native = (name) => row("models", name, { on: "native" });
const wasm = (name) => row("models", name, { on: "wasm" });
const ratios = (batches, name) => batches.map((batch) => native(`${name}, batch ${batch}`).ratio);

const CLIP = "CLIP ViT-B/32, both towers";
const IMAGES = "CLIP ViT-B/32 image tower";
const GPT = "GPT-2 small, 40 + 30 tokens";
const GREEDY = `${GPT}, greedy`;
const CLIPCAP = "ClipCap, mlp mapper, embedding to 30 tokens";

const STEP = native(`${CLIP}: a step of AdamW, batch 64: peak memory`);
const CHECKPOINTED = native(`${CLIP}: a step of AdamW, batch 64, checkpointed: peak memory`);

const README = "packages/models/README.md";
const NOTE = ".changeset/first-release-models.md";

const SPEED = [
  [README, "| CLIP ViT-B/32, images a second | # | # | # |", ratios([1, 8, 32], IMAGES)],
  [README, "| CLIP ViT-B/32, texts a second | # | | # |", ratios([1, 32], "CLIP ViT-B/32 text tower, 77 tokens")],
  [README, "| SigLIP B/16, images a second | # | # |", ratios([1, 8], "SigLIP B/16 image tower")],
  [README, "| SigLIP B/16, texts a second | # | | # |", ratios([1, 32], "SigLIP B/16 text tower, 64 tokens")],
  [README, "| MiniLM-L6 sentences a second | # | | # |", ratios([1, 32], "MiniLM-L6-H384, sentence embeddings")],
  [README, "| GPT-2 small, tokens a second | # | # |", ratios([1, 8], GREEDY)],
  [README, "| the same with 5 beams | # |", ratios([1], `${GPT}, 5 beams`)],
  [README, "| the same, nucleus sampling | # |", ratios([1], `${GPT}, nucleus`)],
  [README, "| ClipCap (MLP), captions a second | # | # |", ratios([1, 8], CLIPCAP)],
  [README, "| installed size | # |", native("installed size, with all that is needed").ratio],
  [NOTE, "CLIP ViT-B/32 reads # to # times as many images", range(ratios([1, 8, 32], IMAGES))],
  [NOTE, "writes # (sampling) to # times (greedily, batch 8)", ratios([1], `${GPT}, nucleus`), ratios([8], GREEDY)],
  [NOTE, "ClipCap # (batch 1) and # times (batch 8) as many", ratios([1, 8], CLIPCAP)],
];

const CHECKPOINTS = "docs/models/checkpoints.md";
const FORMS = ["safetensors", "safetensors in 4 shards", "PyTorch's .bin"];
const loaded = (on) => FORMS.map((form) => on(`${CLIP}, from ${form}: peak memory while loading`));
const LOADED = [native, wasm].flatMap(loaded);
const MOST = Math.max(...LOADED.map(({ peer, spread }) => peer / spread.ratio.min));

const MEMORY = [
  [CHECKPOINTS, "both towers, # MB,", LOADED[0].spread.modelBytes / 1e6],
  [CHECKPOINTS, "| native | # | # | # |", loaded(native).map(({ ours }) => ours)],
  [CHECKPOINTS, "| wasm | # | # | # |", loaded(wasm).map(({ ours }) => ours)],
  [README, "Loading CLIP takes # s beside #,", both(native(`${CLIP}: load, files to first result`), 1000)],
  [README, "GPT-2 # beside #. Peak memory", both(native("GPT-2 small: load, files to first result"), 1000)],
  [README, "Peak memory: GPT-2 # GB beside #,", both(native(`${GREEDY}, batch 8: peak memory`), 1000)],
  [README, "CLIP's images at batch 32 # beside #,", both(native(`${IMAGES}, batch 32: peak memory`), 1000)],
  [README, "GPT-2 alone hasn't) # beside #.", both(native(`${CLIPCAP}, batch 8: peak memory`), 1000)],
  [README, "at batch 64 takes # GB beside PyTorch's #,", both(STEP, 1000)],
  [README, "with gradient checkpointing # beside #;", both(CHECKPOINTED, 1000)],
  ["docs/models/training.md", "| off | # GB | # GB |", both(STEP, 1000)],
  ["docs/models/training.md", "| on | # GB | # GB |", both(CHECKPOINTED, 1000)],
];

/** Bytes that a program reads for a token. */
const read = (of, name) => of(`${name}: read by the program, a token`).ours;
const DECODING = "docs/models/decoding.md";

const READ = [
  [DECODING, "| greedy | # bytes |", read(native, `${GREEDY}, batch 1`)],
  [DECODING, "| greedy | 8 bytes | # to # kB |", range([1, 8].map((batch) => read(wasm, `${GREEDY}, batch ${batch}`) / 1000))],
  [DECODING, "| 5 beams | # bytes | # kB |", read(native, `${GPT}, 5 beams, batch 1`), read(wasm, `${GPT}, 5 beams, batch 1`) / 1000],
  [DECODING, "| sampling | # bytes | # kB |", read(native, `${GPT}, nucleus, batch 1`), read(wasm, `${GPT}, nucleus, batch 1`) / 1000],
];

/** What `fit` costs beside the loss and its gradients, in percent of a whole step. */
const overhead = (teacher) => 100 * (1 - row("train", `a step of ViT-B/16 and its text tower, batch 8, teacher ${teacher}`).ratio);
const AVERAGED = "AdamW with a moving average of ViT-B/16 and its text tower";

const TRAINING = [
  ["packages/train/README.md", "is # to # % of a step of ViT-B/16", overhead("ema"), overhead("none")],
  ["packages/train/README.md", "in its own pass is # times as fast as two passes", row("train", AVERAGED).ratio],
];

const LOADING = [README, NOTE].map((page) => [page, "loading takes at most # times the model", MOST]);

export const MODEL_FIGURES = [...SPEED, ...MEMORY, ...LOADING, ...READ, ...TRAINING];
