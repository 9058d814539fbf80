import type { WrongInputs } from "./wrong-input";

const MODEL = "--model-pth @note.txt --accelerator cpu";
const SET = "--annotations-files @captions.json --img-dirs @empty";

/** What is wrong with what takes a model. */
export const MODELS: WrongInputs = {
  "eval clip": [
    [2, `--scores-dir @new ${MODEL}`, "--imgs-dir", "Say where the images are"],
    [2, "--scores-dir @new --imgs-dir @empty", "got neither", "Either --model-pth or --checkpoint must name the model"],
    [1, `--scores-dir @new --imgs-dir @nowhere ${MODEL}`, "@nowhere", "there is no such folder or file. Check the path."],
    [1, "--scores-dir @new --imgs-dir @empty --checkpoint last --runs @runs", "@runs", "give a run's folder, or --runs"],
    [1, `--scores-dir @new --imgs-dir @empty ${MODEL}`, "@empty", "Give the folder of the images with --imgs-dir."],
    [2, `--scores-dir @new --imgs-dir @empty ${MODEL} --dataset adi`, '"adi"', "Did you mean aid?"],
    [2, `--scores-dir @new --imgs-dir @empty ${MODEL} --templates best`, "argument 'best'", "Allowed choices are rsdix, "],
    [2, `--scores-dir @new --imgs-dir @empty ${MODEL} --batch-size 0`, "argument '0'", "It must be at least 1."],
  ],
  "eval clipcap": [
    [2, `--scores-dir @new ${MODEL}`, "--annotations-files and --img-dirs", "must say which images are captioned"],
    [2, `--scores-dir @new ${MODEL} ${SET} --metrics blue`, '"blue"', "Did you mean bleu?"],
    [2, `--scores-dir @new ${MODEL} ${SET} --splits tset`, '"tset"', "--splits takes train, val and test"],
    [2, `--scores-dir @new ${MODEL} ${SET} --beams 3`, "--beams", "would do nothing without --use-beam-search"],
    [2, `--scores-dir @new ${SET} --metrics bleu`, "got neither", "Either --model-pth or --checkpoint must name the model"],
    [1, `--scores-dir @new ${MODEL} ${SET} --metrics bleu`, '"a.png"', "Say where they are with --img-dirs."],
    [1, "--scores-dir @new --import-captions-file @nowhere.json --metrics bleu", "@nowhere.json", "there is no such file"],
    [1, "--scores-dir @new --import-captions-file @broken.json --metrics bleu", "@broken.json", 'Give one that "rsdix caption"'],
  ],
  embed: [
    [2, `--img-dir @empty ${MODEL}`, "--out-path", "not specified"],
    [2, `--out-path @new ${MODEL}`, "Say where the images are", "--img-dir names a folder or a zip file"],
    [2, "--out-path @new --img-dir @empty", "got neither", "Either --model-pth or --checkpoint must name the model"],
    [1, `--out-path @new --img-dir @nowhere ${MODEL}`, "@nowhere", "there is no such folder or file. Check the path."],
    [1, `--out-path @new --img-dir @empty ${MODEL}`, "@empty has no image", "ends in .jpg, "],
    [2, `--out-path @new --img-dir @empty ${MODEL} --format csv`, "argument 'csv'", "Allowed choices are npy, safetensors."],
    [2, `--out-path @new --img-dir @empty ${MODEL} --jobs 2`, "--jobs", "would do nothing without --shards or --parts"],
    [2, `--out-path @new --img-dir @empty --shards @t-{0..3}.tar ${MODEL}`, "--img-dir or --shards", "not both"],
    [2, `--out-path @new --shards @t-{0..3}.tar ${MODEL} --share 4/4`, "argument '4/4'", "0/20 to 19/20 are twenty"],
  ],
  caption: [
    [2, `--img-dir @empty ${MODEL}`, "--out-path", "not specified"],
    [2, "--out-path @new/c.json --img-dir @empty", "got neither", "Either --model-pth or --checkpoint must name the model"],
    [1, `--out-path @new/c.json --img-dir @nowhere ${MODEL}`, "@nowhere", "there is no such folder or file. Check the path."],
    [2, `--out-path @new/c.json --img-dir @empty ${MODEL} --beams 3`, "--beams", "would do nothing without --use-beam-search"],
    [2, `--out-path @new/c.json --img-dir @empty ${MODEL} --top-p 2`, "got 2", "--top-p must be a share above 0 and at most 1"],
    [2, `--out-path @new/c.json --img-dir @empty ${MODEL} --max-tokens 0`, "argument '0'", "It must be at least 1."],
    [1, `--out-path @note.txt --img-dir @empty ${MODEL}`, "@note.txt is no file of captions", 'Give one that "rsdix caption"'],
    [1, `--out-path @empty --img-dir @empty ${MODEL}`, "@empty", "it is a folder; name a file to write"],
    [1, `--out-path @note.txt/c.json --img-dir @empty ${MODEL}`, "@note.txt/c.json", "cannot be read"],
  ],
  convert: [
    [2, "@note.txt", "'folder'", "missing required argument"],
    [1, "@nowhere @new", '"@nowhere"', "is no file or folder"],
    [1, "@note.txt @new", "no weights in @note.txt", "expected model.safetensors, "],
    [2, "@note.txt @run", "@run has files already (log.jsonl)", "give --force to replace the model in it, or another folder"],
    [2, "@note.txt @new --dtype float64", "argument 'float64'", "Allowed choices are float32, float16, int8."],
    [2, "@note.txt @new --seed 1", "--seed", "would do nothing without --no-strict"],
    [2, "@note.txt @new --max-shard-size lots", "argument 'lots'", "It must be a size such as 500MB or 5GB."],
    [2, "@note.txt @new --model vgg", "argument 'vgg'", "Allowed choices are clip, siglip, "],
    [1, "@note.txt @note.txt/new --force --model clip", "@note.txt", "expected model.safetensors, "],
  ],
  "index build": [
    [2, "--out @new", "'file'", "missing required argument"],
    [2, "@note.txt", "--out", "not specified"],
    [1, "@nowhere.parquet --out @new", "@nowhere.parquet", "there is no such file. Give the Parquet file that rsdix merge wrote."],
    [1, "@note.txt --out @new", "@note.txt is no Parquet file", "Give the one that rsdix merge wrote."],
    [1, "@note.txt --out @new --annotations-file @broken.json", "@broken.json", "fetch or write it again"],
    [1, "@note.txt --out @note.txt", "@note.txt is no folder: it is a file", "Name another."],
  ],
  "index query": [
    [2, "--text lake", "'folder'", "missing required argument"],
    [2, `@empty ${MODEL}`, "got neither", "Either --text or --image says what is looked for"],
    [2, `@empty --text lake --image @note.txt ${MODEL}`, "got both", "Either --text or --image says what is looked for"],
    [2, `@empty --text lake --k 0 ${MODEL}`, "argument '0'", "It must be at least 1."],
    [2, `@empty --text lake --role nobody ${MODEL}`, "argument 'nobody'", "Allowed choices are student, teacher."],
    [1, `@nowhere --text lake ${MODEL}`, "@nowhere is no index", "Give the folder that an index was built into."],
    [1, `@note.txt --text lake ${MODEL}`, "@note.txt is no index: it is a file", "Give the folder that an index was built into."],
  ],
};
