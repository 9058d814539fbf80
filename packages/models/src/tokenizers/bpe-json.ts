import { checkOptions, fail, isRecord, show } from "@rsdix/internal";

/** A byte-pair vocabulary as its authors published it. */
export interface BpeFiles {
  /** `vocab.json`: the id of every token. Left out, it follows from the merges, as it does for CLIP and GPT-2. */
  readonly vocab?: Readonly<Record<string, number>>;
  /** The lines of `merges.txt`, two symbols and a space between them, best first; a first line `#version: …` is skipped. */
  readonly merges: readonly string[];
  /** Whose rules apply: CLIP's lower case and `</w>`, or GPT-2's bytes with leading spaces. */
  readonly kind: "clip" | "gpt2";
}

const START = "<|startoftext|>";
const END = "<|endoftext|>";

/**
 * A `tokenizer.json` from the older pair of files, the same that Hugging Face's converters make.
 *
 * @param files The vocabulary, the merges, and whose they are.
 * @returns The object that `tokenizer.json` would hold, for `ClipTokenizer.fromJson` or `Gpt2Tokenizer.fromJson`.
 * @throws INVALID_ARGUMENT for what isn't lines of merges, or a kind that isn't; UNKNOWN_OPTION; FILE_CORRUPT when a merge isn't two symbols, or the vocabulary
 * lacks a special token or isn't made of whole numbers.
 *
 * @example
 * ```ts
 * import { Gpt2Tokenizer, tokenizerJsonFromBpe } from "@rsdix/models";
 *
 * const json = tokenizerJsonFromBpe({ merges: ["#version: 0.2", "s e", "se a"], kind: "gpt2" });
 * console.log(Gpt2Tokenizer.fromJson(json).encode("sea")); // [ 257 ]: after 256 bytes and "se"
 * ```
 *
 * @see https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py
 */
export function tokenizerJsonFromBpe(files: BpeFiles): Record<string, unknown> {
  const { kind, merges: given, vocab: known } = checkOptions(files, ["vocab", "merges", "kind"], "tokenizerJsonFromBpe's files");
  if (kind !== "clip" && kind !== "gpt2") fail("INVALID_ARGUMENT", `kind must be "clip" or "gpt2", got ${String(kind)}.`);
  if (!Array.isArray(given) || given.some((line) => typeof line !== "string")) {
    fail("INVALID_ARGUMENT", `merges must be an array of the lines of merges.txt, got ${show(given)}.`);
  }
  if (known !== undefined && !isRecord(known)) fail("INVALID_ARGUMENT", `vocab must be an object of ids by token, got ${show(known)}.`);
  const lines = given.filter((line, i) => line !== "" && !(i === 0 && line.startsWith("#version")));
  const merges = lines.map((line) => line.split(" "));
  const broken = merges.findIndex((pair) => pair.length !== 2 || pair.includes(""));
  if (broken >= 0) fail("FILE_CORRUPT", `Merge ${broken} must be two symbols with a space between, got ${JSON.stringify(lines[broken])}.`);
  const vocab = known ?? vocabularyOf(merges, kind);
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0)
      fail("FILE_CORRUPT", `The id of ${JSON.stringify(token)} must be a whole number, got ${String(id)}.`);
  }
  return kind === "clip" ? clipJson(vocab, lines) : gpt2Json(vocab, lines);
}

function clipJson(vocab: Readonly<Record<string, number>>, merges: readonly string[]) {
  const start = specialId(vocab, START);
  const end = specialId(vocab, END);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [addedToken(start, START), addedToken(end, END)],
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: "Removed",
          invert: true,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: { type: "RobertaProcessing", sep: [END, end], cls: [START, start], trim_offsets: false, add_prefix_space: false },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: bpeModel(vocab, merges, END, "</w>"),
  };
}

function gpt2Json(vocab: Readonly<Record<string, number>>, merges: readonly string[]) {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [addedToken(specialId(vocab, END), END)],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: bpeModel(vocab, merges, null, ""),
  };
}

function bpeModel(vocab: Readonly<Record<string, number>>, merges: readonly string[], unknown: string | null, suffix: string) {
  return {
    type: "BPE",
    dropout: null,
    unk_token: unknown,
    continuing_subword_prefix: "",
    end_of_word_suffix: suffix,
    fuse_unk: false,
    byte_fallback: false,
    vocab,
    merges,
  };
}

function addedToken(id: number, content: string) {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: true, special: true };
}

function specialId(vocab: Readonly<Record<string, number>>, token: string): number {
  const id = Object.hasOwn(vocab, token) ? vocab[token] : undefined;
  return id ?? fail("FILE_CORRUPT", `The vocabulary has no "${token}".`);
}

/** Every byte, for CLIP again as the end of a word, then what each merge makes, then the special tokens. */
function vocabularyOf(merges: readonly (readonly string[])[], kind: "clip" | "gpt2"): Record<string, number> {
  const bytes = byteSymbols();
  const ends = kind === "clip" ? bytes.map((symbol) => `${symbol}</w>`) : [];
  const special = kind === "clip" ? [START, END] : [END];
  const tokens = [...bytes, ...ends, ...merges.map((pair) => pair.join("")), ...special];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** The 256 visible characters that stand for bytes in GPT-2's vocabulary: itself where printable, else the next from U+0100 on. */
function byteSymbols(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const hidden = all.filter((byte) => !printable(byte)).map((_, i) => String.fromCharCode(256 + i));
  return [...all.filter(printable).map((byte) => String.fromCharCode(byte)), ...hidden];
}
