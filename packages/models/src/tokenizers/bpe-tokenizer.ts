import { Tokenizer } from "@huggingface/tokenizers";
import { own } from "./json-text";
import { TextTokenizer, type TokenizerOptions } from "./text-tokenizer";
import {
  type AddedToken,
  checkPart,
  checkSetting,
  checkVocabulary,
  corrupt,
  readTokenizerFile,
  type TokenizerFile,
} from "./tokenizer-file";

/** The rules of a byte-pair tokenizer; a file must have these. */
export interface BpeRules {
  /** Whose they are, in messages. */
  readonly kind: string;
  readonly contextLength: number;
  readonly endOfWordSuffix: string;
  readonly normalizer: unknown;
  /** The pre-tokenizers that files have. */
  readonly preTokenizers: readonly unknown[];
  /** What does the same here, before `GPT2_SPLIT`. */
  readonly splits: readonly unknown[];
  /** The type of the post-processor that files have. */
  readonly postProcessor: "RobertaProcessing" | "ByteLevel";
}

/** GPT-2's words, as byte-level pre-tokenizers split them. The library's own has JavaScript's idea of a space, which isn't Unicode's. */
const GPT2_SPLIT = {
  type: "Split",
  pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+" },
  behavior: "Removed",
  invert: true,
};

/** What the two byte-pair tokenizers share: Hugging Face's, set up by our rules once the file has shown the same. */
export abstract class BpeTokenizer extends TextTokenizer {
  /** How many tokens there are. */
  readonly vocabSize: number;
  /** The id of `<|endoftext|>`. */
  readonly endId: number;
  private readonly tokenizer: Tokenizer;
  private readonly special: ReadonlySet<number>;

  constructor(json: unknown, rules: BpeRules, options: TokenizerOptions) {
    super(options, rules.contextLength, { name: "tokenizer.json", content: json });
    const file = readTokenizerFile(json, rules.kind, "BPE");
    checkRules(file, rules);
    const ids = checkVocabulary(own(file.model, "vocab"), file.addedTokens);
    const merges = checkMerges(own(file.model, "merges"), ids);
    try {
      this.tokenizer = new Tokenizer(pipeline(file, rules, merges), { clean_up_tokenization_spaces: false });
    } catch (error) {
      corrupt((error as Error).message, error);
    }
    this.vocabSize = ids.size;
    this.special = new Set(file.addedTokens.filter(({ special }) => special).map(({ id }) => id));
    this.endId = this.requireId("<|endoftext|>");
  }

  override tokenId(token: string): number | undefined {
    return this.tokenizer.token_to_id(token);
  }

  protected override idsOf(text: string): number[] {
    return this.tokenizer.encode(text).ids;
  }

  protected override textOf(ids: number[]): string {
    // Left out here and not by the library, which would also trim, and what JavaScript trims isn't what the reference does.
    const kept = ids.filter((id) => !this.special.has(id));
    return kept.length === 0 ? "" : this.tokenizer.decode(kept);
  }
}

function checkRules(file: TokenizerFile, rules: BpeRules): void {
  const { model } = file;
  checkSetting(model, "end_of_word_suffix", rules.endOfWordSuffix === "" ? ["", null] : [rules.endOfWordSuffix]);
  checkSetting(model, "continuing_subword_prefix", ["", null]);
  for (const key of ["dropout", "fuse_unk", "byte_fallback", "ignore_merges"]) checkSetting(model, key, [false, null]);
  checkPart(file.normalizer, [rules.normalizer], "normalizer");
  checkPart(file.preTokenizer, rules.preTokenizers, "pre_tokenizer");
  if (rules.postProcessor !== "ByteLevel" || own(file.postProcessor, "type") !== "TemplateProcessing") {
    const known = rules.postProcessor === "ByteLevel" ? ["ByteLevel", null] : [rules.postProcessor];
    checkPart(own(file.postProcessor, "type"), known, "post_processor's type");
  } else checkPart(own(file.postProcessor, "single"), [[{ Sequence: { id: "A", type_id: 0 } }]], "post_processor's single"); // adds nothing
  checkPart(own(file.decoder, "type"), ["ByteLevel"], "decoder's type");
  if (rules.postProcessor === "RobertaProcessing") {
    for (const key of ["sep", "cls"]) {
      const token = own(file.postProcessor, key);
      const named = Array.isArray(token) && file.addedTokens.some(({ content, id }) => content === token[0] && id === token[1]);
      if (!named) corrupt(`its post_processor's ${key} must be an added token and its id`);
    }
  }
}

/** Merges as pairs, each of tokens that exist and to a token that exists. */
function checkMerges(merges: unknown, ids: ReadonlyMap<string, number>): [string, string][] {
  if (!Array.isArray(merges)) corrupt("its merges must be an array");
  return merges.map((merge, i) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((part) => typeof part === "string" && part !== "")) {
      corrupt(`merge ${i} must be two symbols`);
    }
    const [first, second] = pair as [string, string];
    const unknown = [first, second, first + second].find((token) => !ids.has(token));
    if (unknown !== undefined) corrupt(`merge ${i} needs the token ${JSON.stringify(unknown)}, which the vocabulary doesn't have`);
    return [first, second];
  });
}

/** What the library gets: the checked vocabulary within our own rules. */
function pipeline(file: TokenizerFile, rules: BpeRules, merges: [string, string][]) {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    added_tokens: file.addedTokens as AddedToken[],
    normalizer: rules.normalizer,
    pre_tokenizer: { type: "Sequence", pretokenizers: [...rules.splits, GPT2_SPLIT, { ...byteLevel, use_regex: false }] },
    post_processor: rules.postProcessor === "ByteLevel" ? byteLevel : file.postProcessor,
    decoder: byteLevel,
    model: { ...file.model, merges },
  };
}
