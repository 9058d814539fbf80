import { fail } from "@rsdix/internal";
import { type ResolvedSentenceBertConfig, resolveSentenceBertConfig } from "../bert-config";
import { gpt2Sizes } from "../config-shapes/gpt2-shapes";
import type { ModelSource } from "../files/load-files";
import type { Gpt2 } from "../gpt2";
import { type Gpt2Config, type ResolvedGpt2Config, resolveGpt2Config } from "../gpt2-config";
import { gpt2Parameters } from "../gpt2-parameters";
import type { ParameterSpec } from "../initialize";
import { Parameters } from "../parameters";
import type { SentenceBert } from "../sentence-bert";
import { BertTokenizer } from "../tokenizers/bert-tokenizer";
import { Gpt2Tokenizer } from "../tokenizers/gpt2-tokenizer";
import { tokenizerOf } from "./companions";
import { arraysOf, describedConfig, GIVE_CONFIG, originOf, type PretrainedOptions, withOpenedModel } from "./open-model";

/** How a GPT-2 is loaded. */
export interface Gpt2PretrainedOptions extends PretrainedOptions {
  /** The sizes, in place of those in the files: for checkpoints alone, whose shapes don't tell all of them. */
  readonly config?: Gpt2Config;
}

/** A GPT-2 from files. */
export function loadGpt2(
  source: ModelSource,
  options: Gpt2PretrainedOptions,
  make: (config: ResolvedGpt2Config, parameters: Parameters) => Gpt2,
): Promise<Gpt2> {
  return withOpenedModel(source, options, ["config"], async (opened) => {
    const { tensors, layout } = arraysOf(opened, "gpt2");
    const sizes = options.config ?? describedConfig(opened, "gpt2")?.config ?? gpt2Sizes(opened.raw, {}, GIVE_CONFIG);
    const config = resolveGpt2Config(sizes);
    const tokenizer = tokenizerOf(opened, Gpt2Tokenizer, "Gpt2Tokenizer");
    const { parameters, report } = await Parameters.load(gpt2Parameters(config), tensors, opened.loading);
    const model = make(config, parameters);
    model.tokenizer = tokenizer;
    model.origin = originOf(opened, layout, report);
    return model;
  });
}

/** A Sentence-BERT from files. Its sizes don't tell its heads: a configuration file must be there. */
export function loadSentenceBert(
  source: ModelSource,
  options: PretrainedOptions,
  specs: (config: ResolvedSentenceBertConfig) => ParameterSpec[],
  make: (config: ResolvedSentenceBertConfig, parameters: Parameters) => SentenceBert,
): Promise<SentenceBert> {
  return withOpenedModel(source, options, [], async (opened) => {
    const described = describedConfig(opened, "bert") ?? missingConfig(opened.files.origin);
    const { tensors, layout } = arraysOf(opened, "bert");
    const config = resolveSentenceBertConfig(described.config);
    const tokenizer = tokenizerOf(opened, BertTokenizer, "BertTokenizer");
    const loading = { ...opened.loading, ignore: [/^pooler\./] };
    const { parameters, report } = await Parameters.load(specs(config), tensors, loading);
    const model = make(config, parameters);
    model.tokenizer = tokenizer;
    model.origin = originOf(opened, layout, report);
    return model;
  });
}

function missingConfig(origin: string): never {
  fail("FILE_NOT_FOUND", `${origin} has no config.json, without which a BERT's heads aren't known. Load the folder that it is in.`);
}
