// The suites of `npm run bench`: what each measures, and how it runs with the others, in full and quickly.

/** What measures native and wasm by itself, where there is native; it is told the backend where there isn't. */
const bothOr = (backend) => (backend === "native" ? [] : ["--backend", backend]);

/**
 * In the order of their run: first those whose peers may be missing, which cost no time then, and `backend` before `losses`, which are shown as a share of
 * its training step. `all`: arguments of a full run on a backend, none where the suite chooses itself; `quick`: those of a run in seconds, which writes
 * nothing, undefined where there is none.
 */
export const SUITES = [
  { name: "metrics", about: "scores beside the reference tools", all: () => [], quick: () => ["--quick", "--only", "ngram,ptb,retrieval"] },
  {
    name: "data",
    about: "from files to batches, beside torchvision",
    all: () => [],
    quick: () => ["--quick", "--only", "first,captions,augment"],
  },
  {
    name: "models",
    about: "models beside @huggingface/transformers",
    all: bothOr,
    quick: (backend) => ["--quick", "--only", "clip-image", "--backend", backend],
  },
  {
    name: "backend",
    about: "operations and models on a CPU, beside PyTorch and onnxruntime",
    all: () => [],
    quick: () => ["--quick", "--only", "sgemm,size"],
  },
  {
    name: "losses",
    about: "losses: tiled, dense, and beside PyTorch",
    all: bothOr,
    quick: (backend) => ["--quick", "--only", "tiled-infoNCE,tiled-rsdixLoss", "--backend", backend],
  },
  {
    name: "train",
    about: "what training costs around the model",
    all: (backend) => ["--backend", backend],
    quick: (backend) => ["--quick", "--only", "step,average", "--backend", backend],
  },
  { name: "scale", about: "work in shards", all: (backend) => [backend], quick: (backend) => ["--quick", backend] },
  { name: "gpu", about: "the same on a graphics card, beside PyTorch on CUDA", needsCard: true, all: () => [] },
  { name: "service", about: "the caption service under load", all: (backend) => [backend] },
  { name: "self-distillation", about: "does self-distillation help?", all: () => [] },
];

/** Why a suite cannot run here, as far as that is known before; undefined where nothing is in its way. */
export function obstacle({ needsCard, quick }, { hasCard, isQuick }) {
  if (isQuick && !quick) return "it has no quick form";
  if (needsCard && !hasCard) return "there is no graphics card that nvidia-smi knows";
  return undefined;
}

/**
 * What `npm run bench` says at its end, and its exit code, 1 where a suite failed or nothing was measured. `ran` and `failed` are names of suites, `partly`
 * those that were cut off when they had shown something, `leftOut` those that showed nothing, each with the reason.
 */
export function summary({ ran, partly, failed, leftOut }, seconds) {
  const isNothing = ran.length + partly.length === 0;
  const lines = [
    `${ran.length} suites ran in ${Math.round(seconds)} s: ${ran.join(", ") || "none"}`,
    ...partly.map((line) => `cut off: ${line}, for the rest to have their time`),
    ...leftOut.map((line) => `left out: ${line}`),
    ...failed.map((name) => `FAILED: ${name}`),
    ...(isNothing ? ["Nothing was measured."] : []),
  ];
  return { lines, code: failed.length > 0 || isNothing ? 1 : 0 };
}
