// What pages name of data.json, metrics.json, scale.json, service.json and self-distillation.json: a page, a passage with `#` for each figure, and what was
// measured.
import { both, row } from "./measured-rows.mjs";

const [WORKERS, THREAD] = ["Node, 2 workers", "Node, calling thread"];

const data = (name, on, peer) => row("data", name, { on, peer });
const DATA = "packages/data/README.md";
const decoded = (size, on, peer) => data(`decode, resize to 224 and normalise 1000 JPEG files of ${size} x ${size}`, on, peer);
const rates = (size) => [
  decoded(size, WORKERS, "torchvision").ours,
  decoded(size, THREAD, "torchvision").ours,
  decoded(size, THREAD, "torchvision").peer,
  decoded(size, THREAD, "sharp").peer,
];
const first = (size) => [THREAD, WORKERS].map((on) => data(`first batch of 64 JPEG files of ${size} x ${size}`, on).ours / 1000);
const six = (size) => data(`augment ${size} x ${size}: all six`);
const slower = (size) => [1 / six(size).ratio, ...both(six(size))];
const OPENING = "open an annotation of 157,500 captions";

const OF_DATA = [
  [DATA, "| 1,000 JPEG files of 256 x 256 | # | # | # | # |", rates(256)],
  [DATA, "| 1,000 JPEG files of 600 x 600 | # | # | # | # |", rates(600)],
  [DATA, "comes after # s (256 pixels, on the calling thread; # s with two workers)", first(256)],
  [DATA, "and # s (600 pixels; # s)", first(600)],
  [DATA, "after 2,000 (# and # MB)", both(data("memory in use after 20,000 images"))],
  [DATA, "captions open in # s, the process within # MB", data(OPENING).ours / 1000, data(`${OPENING}: peak memory of the process`).ours],
  [DATA, "take # times torchvision's time at 256 pixels (# and # ms)", slower(256)],
  [DATA, "and # times at 600 (# and # ms)", slower(600)],
  [".changeset/first-release-data.md", "256 x 256 a second (PyTorch's DataLoader: #)", decoded(256, WORKERS, "torchvision").peer],
  [".changeset/first-release-data.md", "it reads # images", decoded(256, WORKERS, "torchvision").ours],
];

const metrics = (name, peer) => row("metrics", name, { peer });
const METRICS = "packages/metrics/README.md";
const METRICS_NOTE = ".changeset/first-release-metrics.md";
const NGRAMS = "BLEU + ROUGE-L + CIDEr-D 1093x5";
const COCO = metrics(NGRAMS, "pycocoevalcap");
const AAC = metrics(NGRAMS, "aac-metrics");
const [METEOR, SPICE] = [metrics("METEOR 1093x5"), metrics("SPICE 1093x5")];
const recall = (images, texts) => `recall at 1, 5, 10 of ${images} images x ${texts} texts, dim 512`;
const [RECALL, LARGE] = [metrics(recall(10_000, 50_000)), metrics(recall(100_000, 500_000))];
const LARGE_MEMORY = metrics(`${recall(100_000, 500_000)}: peak memory`);
const ALL = "157,500 captions, all text metrics";

const OF_METRICS = [
  [METRICS, "| BLEU, ROUGE-L and CIDEr-D | # s | pycocoevalcap # s, aac-metrics # s |", both(COCO), AAC.peer],
  [METRICS, "| PTB tokens of as many captions | # s | CoreNLP's tokeniser in Java # s |", both(metrics("PTB 1093x5"))],
  [METRICS, "(index built before) | # s | METEOR's jar # s |", both(METEOR)],
  [METRICS, "| SPICE | # s | SPICE's jar # s |", both(SPICE)],
  [METRICS, "all text metrics | # s | two workers, # MB |", metrics(ALL).ours, metrics(`${ALL}: peak memory`).ours],
  [METRICS, "10,000 x 50,000, dim 512 | # s | numpy # s", both(RECALL)],
  [METRICS, "x 500,000 texts | # min | one thread, # GB |", LARGE.ours / 60, LARGE_MEMORY.ours / 1000],
  [METRICS, "# to # times its speed in nine runs", COCO.spread.ratio.min, COCO.spread.ratio.max],
  [METRICS, "(# times without, and # times aac-metrics with it)", metrics(`${NGRAMS} without start-up`, "pycocoevalcap").ratio, AAC.ratio],
  [METRICS, "`@rsdix/metrics/retrieval` # kB;", metrics("all that @rsdix/metrics/retrieval exports, minified").ours],
  [METRICS_NOTE, "CIDEr-D # s (pycocoevalcap: # s)", both(COCO)],
  [METRICS_NOTE, "METEOR with paraphrases # s (its jar: # s)", both(METEOR)],
  [METRICS_NOTE, "SPICE # s (its jar: # s)", both(SPICE)],
  ["docs/metrics/retrieval.md", "# minutes and # GB in all", LARGE.ours / 60, LARGE_MEMORY.ours / 1000],
  ["docs/metrics/retrieval.md", "the matrix in float32 would take # GB", LARGE_MEMORY.peer / 1000],
];

const scale = (name, peer) => row("scale", name, { peer });
const SCALE = "packages/scale/README.md";
const index = (vectors, what, peer) => scale(`index of ${vectors} vectors of 512: ${what}`, peer);
const [QUERIES, FOUND, LANCE, EXACT] = ["k = 10, one query after the other", "recall@10", "LanceDB", "usearch"];
const [BUILT, BIGGER] = [50_000, 100_000].map((vectors) => ({
  time: index(vectors, "built of its Parquet file, the peer's of plain arrays"),
  memory: index(vectors, "memory while it is built"),
  rate: index(vectors, QUERIES, LANCE),
  recall: index(vectors, FOUND, LANCE),
}));
const MILLION = index(1_000_000, QUERIES, EXACT);
const PROCESSES = "ViT-B/32 in shards, two processes of one thread";
const MANY = "1000000 shards planned and merged in a file system in memory";

const OF_SCALE = [
  [
    SCALE,
    "planned, computed and written, # % of the time",
    100 * scale("ViT-B/32, 64 images in 2 shards, planned, computed, written").ratio,
  ],
  [SCALE, "planned and merged in # s with # MB;", scale(`${MANY}: time`).ours, scale(`${MANY}: memory`).ours],
  [SCALE, "embed # images a second", scale(PROCESSES, "one process of one").ours],
  [SCALE, "# times one of one thread", scale(PROCESSES, "one process of one").ratio],
  [SCALE, "# times one of two threads", scale(PROCESSES, "one process of two").ratio],
  [SCALE, "built of its Parquet file in # s with # MB, LanceDB", BUILT.time.ours, BUILT.memory.ours],
  [SCALE, "of plain arrays in # s with # MB;", BUILT.time.peer, BUILT.memory.peer],
  [
    SCALE,
    "of 100,000 in # s with # MB, LanceDB in # s with # MB.",
    ...["ours", "peer"].flatMap((side) => ["time", "memory"].map((what) => BIGGER[what][side])),
  ],
  [
    SCALE,
    "# queries/s with recall@10 # beside LanceDB's # and # of 50,000, # and # beside # and # of 100,000",
    ...[BUILT, BIGGER].flatMap((of) => ["ours", "peer"].flatMap((side) => [of.rate[side], of.recall[side]])),
  ],
  [SCALE, "# queries/s beside exact search's #", both(MILLION)],
  [SCALE, "at a time on two threads), recall@10 #;", index(1_000_000, FOUND).ours],
  [
    ".changeset/first-release-scale.md",
    "of a million vectors # queries a second with recall@10 of #",
    MILLION.ours,
    index(1_000_000, FOUND).ours,
  ],
];

const SERVICE = "examples/caption-service/README.md";
const CAPTIONS = "captions of 20 tokens, 16 clients";
const EMBEDDINGS = "embeddings, 16 clients";
const answers = (what) => row("service", `${what}: answers`);
const latency = (what) => ["p50", "p95"].map((share) => row("service", `${what}: latency ${share}`));
const answered = (what) => [...both(answers(what)), answers(what).ratio, answers(what).spread.ratio.min, answers(what).spread.ratio.max];
const waited = (what) => [
  ...latency(what).map(({ ours }) => ours / 1000),
  ...latency(what).map(({ peer }) => peer / 1000),
  ...latency(what).map(({ ratio }) => ratio),
];

/** A row of answers, and that of their latency below it. */
const CELLS = "answers a second | # | # | # (# to #) | | the same: latency p50, p95 | # s, # s | # s, # s | #, # |";

const OF_SERVICE = [
  [SERVICE, `| captions of 20 tokens: ${CELLS}`, answered(CAPTIONS), waited(CAPTIONS)],
  [SERVICE, `| embeddings: ${CELLS}`, answered(EMBEDDINGS), waited(EMBEDDINGS)],
];

const top1 = (peer) => row("self-distillation", "zero-shot top-1: InfoNCE + Sinkhorn self-distillation", { peer });
const seeds = (found, side) => [...found.spread.bySeed[side], found[side]].map((share) => 100 * share);
const RECIPES = [
  ["InfoNCE + Sinkhorn self-distillation", seeds(top1("InfoNCE alone"), "ours")],
  ["InfoNCE alone", seeds(top1("InfoNCE alone"), "peer")],
  ["before fine-tuning", seeds(top1("before"), "peer")],
  ["1-nearest neighbour on mean and spread of colour", seeds(top1("1-nearest"), "peer")],
];

const OF_SELF_DISTILLATION = RECIPES.map(([name, shares]) => ["README.md", `| ${name} | # % | # % | # % | # % | # % |`, shares]);

export const DATA_FIGURES = [...OF_DATA, ...OF_METRICS, ...OF_SCALE, ...OF_SERVICE, ...OF_SELF_DISTILLATION];
