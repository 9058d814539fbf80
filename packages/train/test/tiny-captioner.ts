import { join } from "node:path";
import { Clip, ClipCap, Gpt2Tokenizer } from "@rsdix/models";

/** Saves a captioner for the CLIP of a tiny world, with that as its encoder, as `rsdix fit clipcap` does. */
export async function saveTinyCaptioner(folder: string, clip: string, contextLength = 32): Promise<void> {
  const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength, width: 16, layers: 1, heads: 2 };
  const model = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 3);
  model.tokenizer = tokenizer;
  await model.save(folder).finally(() => model.dispose());
  const encoder = await Clip.fromPretrained(clip);
  await encoder.save(join(folder, "encoder")).finally(() => encoder.dispose());
}
