import type { WrongInput, WrongInputs } from "./wrong-input";

const RUNS = "--trainer.accelerator cpu --trainer.default_root_dir @runs";
const DATA = `--data.annotations_files @captions.json --data.img_dirs @empty ${RUNS}`;
const CAP = `${DATA} --model.prefix_length 2`;
const FIND = "--no-figure --out @new";

const fit = (kind: string, data: string): WrongInput[] => [
  [2, RUNS, `fit ${kind}: `, "data.annotations_files must be given. data.img_dirs must be given."],
  [2, `${data} --model.aplha 1`, "'--model.aplha'", "Did you mean --model.alpha?"],
  [2, `${data} --data.batch_size many`, 'data.batch_size is "many"', "it must be a number"],
  [2, `${data} --model.freeze [ab --trainer.max_epochs 0`, "trainer.max_epochs is 0", "it must be at least 1"],
  [1, `${RUNS} --config @nowhere.yaml`, "@nowhere.yaml", "there is no such file"],
  [1, `${RUNS} --config @broken.yaml`, "@broken.yaml, line 1, column 14", "must be sufficiently indented and end with a ]"],
  [2, `${data} --config @unknown.yaml`, "model has no field aplha", "Did you mean alpha?"],
  [1, `${RUNS} --resume no-such-run`, 'no run "no-such-run"', "looked for config.yaml in"],
  [1, data, '"a.png"', "Say where they are with data.img_dirs."],
  [1, data.replace("captions", "broken"), "@broken.json", "fetch or write it again"],
  [1, data.replace("cpu", "abacus"), 'backend "abacus"', "Take one of: auto, "],
  [1, data.replace("@runs", "@note.txt"), "@note.txt", "a file is in its place"],
];

const find = (kind: string, data: string): WrongInput[] => [
  [2, `${FIND} ${RUNS}`, `lr-find ${kind}: `, "data.annotations_files must be given. data.img_dirs must be given."],
  [2, `${FIND} ${data} --steps 5`, "got 5", "--steps must be at least 13"],
  [2, `${FIND} ${data} --min 0`, "got 0 and 1", "--min must be above 0 and --max above it"],
  [2, `${FIND} ${data} --max low`, "argument 'low'", "It must be a number."],
  [2, `${FIND} ${data} --model.aplha 1`, "'--model.aplha'", "Did you mean --model.alpha?"],
  [1, `${FIND} --config @nowhere.yaml`, "@nowhere.yaml", "there is no such file"],
  [1, `${FIND} ${data}`, '"a.png"', "Say where they are with data.img_dirs."],
  [1, `--no-figure --out @note.txt ${data}`, "@note.txt", "a file is in its place"],
];

const search = (kind: string): WrongInput[] => [
  [2, "--out @new", "--grid-file", "not specified"],
  [1, "--out @new --grid-file @nowhere.yaml", "@nowhere.yaml", "there is no such file"],
  [1, "--out @new --grid-file @broken.yaml", "@broken.yaml, line 1, column 14", "end with a ]"],
  [1, "--out @new --grid-file @unknown.yaml", '"model"', "a grid file has script, config_file, command and attr_keys"],
  [2, "--out @new --grid-file @script.yaml", "model has no field aplha", "Did you mean alpha?"],
  [
    2,
    "--out @new --grid-file @trials.yaml --metric los",
    '"los"',
    "--metric takes accuracy, contrastive, distillation, loss, scale. Did you mean loss?",
  ],
  [2, "--out @new --grid-file @grid.yaml --parallel 0", "argument '0'", "It must be at least 1."],
  [2, "--out @new --grid-file @grid.yaml --task vgg", "argument 'vgg'", "Allowed choices are clip, clipcap."],
  [2, "--out @new --grid-file @grid.yaml --redis redis://h", "--redis", "would do nothing without --on redis"],
  [1, "--out @note.txt --grid-file @grid.yaml", "@note.txt", "a file is in its place"],
  kind === "grid"
    ? [2, "--out @new --grid-file @grid.yaml --levels 1", "got 1", "levels must be a whole number at least 2"]
    : [2, "--out @new --grid-file @grid.yaml --n-iter few", "argument 'few'", "It must be a whole number."],
];

/** What is wrong with training, and with what is made of it. */
export const TRAINING: WrongInputs = {
  "fit clip": fit("clip", DATA),
  "fit clipcap": fit("clipcap", CAP),
  "lr-find clip": find("clip", DATA),
  "lr-find clipcap": find("clipcap", CAP),
  "search bayes": search("bayes"),
  "search grid": search("grid"),
  study: [
    [2, "", "'annotations'", "missing required argument"],
    [1, "@nowhere.json --no-figure --out @new", "@nowhere.json", "there is no such file"],
    [1, "@broken.json --no-figure --out @new", "@broken.json", "fetch or write it again"],
    [2, "@captions.json --no-figure --out @new --metrics blue", '"blue"', "Known are bleu, "],
    [2, "@captions.json --no-figure --out @new --perturbations shuffel", '"shuffel"', "Known are synonyms, "],
    [2, "@captions.json --no-figure --out @new --resamples 0", "argument '0'", "It must be at least 100 and at most 100000."],
    [2, "@captions.json --no-figure --out @new --metrics bleu --compare-to spice", "got spice", "one of the metrics (bleu1, "],
    [1, "@captions.json --no-figure --out @new --split val", '"val"', "has no image in the split"],
    [1, "@captions.json --no-figure --out @note.txt", "@note.txt", "a file is in its place"],
  ],
  report: [
    [2, "", "'folder'", "missing required argument"],
    [1, "@nowhere", "@nowhere", "there is no such folder"],
    [1, "@empty", "@empty has neither a log.jsonl", "Give the folder of a run or of an evaluation."],
    [1, "@note.txt", "@note.txt", "it is a file; name its folder"],
    [1, "@run --out @empty", "@empty", "it is a folder"],
    [2, "@run --dataset RSCID", '"RSCID"', "--dataset takes RSICD, "],
    [1, "last --runs @runs", "@runs", "give a run's folder, or --runs"],
    [2, "@run --titel x", "'--titel'", "Did you mean --title?"],
  ],
};
