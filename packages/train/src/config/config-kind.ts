import type { RawConfig } from "./load-config";
import type { FitKind } from "./schemas";

/** What a whole configuration, such as a run's, is for; undefined of one that doesn't say. */
export function kindOfConfig({ data }: RawConfig): FitKind | undefined {
  const gpt2 = (data as { use_gpt2_tokenizer?: unknown } | null | undefined)?.use_gpt2_tokenizer;
  return typeof gpt2 === "boolean" ? (gpt2 ? "clipcap" : "clip") : undefined;
}
