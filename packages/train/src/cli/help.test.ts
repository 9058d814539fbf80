import { describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";

/** Of every command, lines that its help must have: flags with what they count or hold, and their defaults. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "fit clip": [
    'where runs go, a folder each (default: "runs")',
    "--model.weight_decay <value> AdamW's decoupled weight decay (default: 0.1)",
    "--data.batch_size <value> Pairs in a batch (default: 512)",
    "--data.train_split_percentage <value> Percentage for training, of random splits (default: 80)",
    "--trainer.check_val_every_n_steps <value> Steps between validations; an epoch when null (default: null)",
  ],
  "fit clipcap": [
    'where runs go, a folder each (default: "runs")',
    "--model.prefix_length <value>",
    "--model.clipcap_lr <value>",
    "--trainer.max_epochs <value>",
  ],
  "lr-find clip": [
    "--min <rate> the first rate (default: 1e-7)",
    "--max <rate> the last rate (default: 1)",
    "--steps <number> steps from the first to the last, evenly spaced in their logarithm; at least 13 (default: 100)",
    '--out <folder> where table and figure go; it is made where it is not there (default: "lr-find")',
    "--data.batch_size <value> Pairs in a batch (default: 512)",
  ],
  "lr-find clipcap": ["--min <rate> the first rate (default: 1e-7)", "--steps <number>", "(default: 100)", "--model.clipcap_lr <value>"],
  "eval clip": [
    'default: "rsdix")',
    '--scores-dir <folder> where the tables go (default: "eval_results")',
    '--scores-file <name> the table of models in it (default: "scores.tsv")',
    "--jobs <processes> of shards or parts, processes that do them at a time, a model each (1)",
    "--split <name> of the annotation file (test); of archives, takes only the images that they put into it",
    "--batch-size <images> images in a batch (default: 64)",
    "--num-workers <threads> threads that decode images; 0 decodes on the main one (default: 0)",
  ],
  "eval clipcap": [
    'which images: train, val, test; of archives, those that they put into these (default: ["test"])',
    "--beams <number> its beams (default: 5)",
    "--max-tokens <tokens> longest caption (67, or what GPT-2's context leaves)",
    '--scores-file <name> the table in it (default: "clip_cap_scores.tsv")',
    "--batch-size <images> images in a batch (default: 32)",
  ],
  embed: [
    '"npy": <image>.npy, float32 [dim]',
    'default: "npy")',
    "--batch-size <images> images in a batch (default: 64)",
    "--out-path <folder> the folder that the embeddings go to (required)",
    "a model each (1)",
    "--array-limit <tasks> tasks that run at a time (as many as there is room for)",
    "--shards-per-task <number> shards that a task does with the model that it has loaded (1, or what arrays have room for)",
  ],
  caption: [
    "--beams <number> its beams (5)",
    "--top-p <share> samples, from the likeliest tokens that have this share of the probability, 0 to 1; 1: from all",
    "--top-k <tokens> of these at most so many (all)",
    "--temperature <number> above 1 more even, below 1 nearer to greedy (1)",
    "--seed <number> where samples are drawn from (42)",
    "--max-tokens <tokens> longest caption (67, or what GPT-2's context leaves)",
    "--batch-size <images> images in a batch (default: 32)",
  ],
  "deploy k8s": [
    "(one a shard, at most 100)",
    "--parallelism <pods> of these at a time (default: 10)",
    "--retries <number> how often a pod's share is tried again (default: 3)",
    'a pod\'s: 4, 1.5 or 500m (default: "2")',
    'default: "8Gi")',
    'default: "nvidia.com/gpu")',
    "(default: 1000)",
  ],
  merge: ["--out-path <file> the Parquet file, its folder made where it is not there (all.parquet in the run's folder)"],
  "index build": ["--out <folder> the folder that the index goes to"],
  "index query": ["--k <number> results (default: 10)", "--where <condition>", 'default: "auto")'],
  convert: [
    'default: "float32")',
    'default: "huggingface")',
    '--max-shard-size <size> the most weights in a file: bytes, or as "500MB", "5GB" (5GB)',
    "--seed <number> where these are drawn from (42)",
  ],
  doctor: ['--backends <names> which ones, and whether one of them works (default: ["tfjs-node-gpu","native",'],
  "search bayes": [
    'where trials go, a folder each; it is made where it is not there (default: "search")',
    '(default: "loss")',
    "--n-init-points <number> trials spread over the space before the Gaussian process is asked (default: 5)",
    "--n-iter <number> trials that the Gaussian process proposes (default: 10)",
    "--random-state <number> where all draws come from (default: 42)",
  ],
  "search grid": ["--levels <number> values of each range, both ends included (default: 5)", '(default: "grid_runs.json")'],
  study: [
    '--out <folder> where the files go; it is made where it is not there (default: "study")',
    "--seed <number> where all draws come from (default: 42)",
    "--resamples <number> how often the bootstrap draws, 100 to 100,000 (default: 2000)",
    '"synonyms" replaces at most so many words (10)',
  ],
  report: [
    '--runs <folder> where runs lie (default: "runs")',
    "--out <file> where the page goes, its folder made where it is not there; report.html in the folder",
  ],
  "data list": ["--json"],
  "data describe": ["--json"],
  "data verify": ["--examples <number> how many examples of each problem are named (default: 5)"],
  "data convert": ["draws new splits, in percent: 80,10,42", "--shard-size <images> images in a shard (1000)", '("shard")'],
  "data patches": [
    "--size <pixels> rows and columns of a patch (224)",
    "--max-cloud <part> the largest part of a patch that is cloud, 0 to 1; needs SCL (0)",
  ],
};

describe("--help", () => {
  it("of rsdix lists the commands, each with the first sentence of what it does", async () => {
    const { code, out } = await cli(["--help"]);
    expect(code).toBe(0);
    const plain = out.replaceAll(/\s+/g, " ");
    expect(plain).toContain(
      " embed [options] Embeds images with CLIP or SigLIP: a file an image, as NumPy reads it, or all in one file of safetensors. caption ",
    );
    expect(plain).toContain(" fit Trains a model as a configuration file and flags say, into a run's folder. lr-find ");
    expect(plain).toContain(
      " merge [options] <folder> Checks that all shards of a run are there, and joins them into one Parquet file, in the order of the run;",
    );
  });

  it.each(["embed", "caption", "eval clip", "eval clipcap"])(
    "of rsdix %s has what is for many machines under a heading of its own",
    async (command) => {
      const { out } = await cli([...command.split(" "), "--help"]);
      const [most, many] = out.split("\nIn shards or parts, on one machine or many:\n");
      expect(many).toMatch(/^ {2}--shards [\s\S]*\n {2}--redis [\s\S]*\n {2}--partition /);
      expect(most).toMatch(/\n {2}--model-pth [\s\S]*\n {2}-h, --help /);
      expect(most).not.toMatch(/--(shards|jobs|redis|partition) </);
    },
  );

  it.each(Object.entries(COMMANDS))("of rsdix %s shows what the flags count and their defaults", async (command, lines) => {
    const { code, out, err } = await cli([...command.split(" "), "--help"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Usage: rsdix ${command} `));
    const plain = out.replaceAll(/\s+/g, " ");
    for (const line of lines) expect(plain.toLowerCase()).toContain(line.toLowerCase());
    expect(plain).not.toMatch(/--config [^-]*default/); // no file is read unless one is given
  });
});
