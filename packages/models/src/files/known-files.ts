/** Weights by the name that libraries give them, in order of preference: safetensors, which can be read by range and hides no code, before pickles. */
export const WEIGHT_FILES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "open_clip_model.safetensors",
  "pytorch_model.bin",
  "open_clip_pytorch_model.bin",
] as const;

/** What a model is read from besides its weights: configurations, tokenizers, image processors, sentence-transformers' modules. */
export const SIDE_FILES = [
  "config.json",
  "open_clip_config.json",
  "generation_config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "vocab.txt",
  "spiece.model",
  "modules.json",
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
  "1_Pooling/config.json",
] as const;

/** The most bytes that one of them may have: the largest tokenizer.json there is (of 256,000 tokens) has 34 MB. */
export const MAX_SIDE_BYTES = 64_000_000;

/** All of them. */
export const KNOWN_FILES: readonly string[] = [...SIDE_FILES, ...WEIGHT_FILES];

/** Whether a name is one that weights have. */
export function isWeightFile(name: string): boolean {
  return /\.(safetensors|bin|pt|pth|ckpt)$/.test(name);
}

const SHARD = /-\d{5}-of-\d{5}\.\w+$/;
/** What trainers keep beside the weights, with endings of weights. */
const NO_WEIGHTS = /^(optimizer|scheduler|scaler|training_args|rng_state.*)\.(bin|pt|pth)$/;

/** Whether a name is that of whole weights by a name that no library gives them, as `last.ckpt`: never below the model's folder. */
export function isOtherWeights(name: string): boolean {
  return (
    !name.includes("/") && isWeightFile(name) && !SHARD.test(name) && !NO_WEIGHTS.test(name) && !WEIGHT_FILES.some((each) => each === name)
  );
}

/** Whether a name is that of a file while `save` writes it, or puts it aside. */
export function isBeingWritten(name: string): boolean {
  return /\.\d+-[0-9a-f]{12}\.tmp$/.test(name);
}

/** The file that lies in a folder from before the first file of a save is put in its place until after the last one: a crash in between leaves it. */
export const SAVING_FILE = "unfinished-save.tmp";

/** Whether a name is that of the index of weights that are split over several files. */
export function isWeightIndex(name: string): boolean {
  return name.endsWith(".safetensors.index.json");
}

/** Whether a model may be read from a file of that name, or kept from being read by one. */
export function isOfModels(name: string): boolean {
  return KNOWN_FILES.includes(name) || isWeightFile(name) || isWeightIndex(name) || name === SAVING_FILE;
}
