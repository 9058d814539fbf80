import { fail, show } from "@rsdix/internal";
import { checkList, checkTexts } from "../check-given";

/** Token ids of every image's captions, made once; an image without a caption is an error that names it. */
export function encodeCaptions(
  where: string,
  captions: readonly (readonly string[])[],
  tokenizer: { encode(text: string, options: { contextLength: number; truncate: boolean }): number[] },
  contextLength: number,
): number[][][] {
  checkList(captions, `${where}: captions`, "an image's captions each");
  if (typeof tokenizer?.encode !== "function")
    fail("INVALID_ARGUMENT", `${where}: tokenizer must be the model's tokenizer, got ${show(tokenizer)}.`);
  return captions.map((texts, i) => {
    checkTexts(texts, `${where}: captions[${i}]`);
    if (texts.length === 0) fail("EMPTY_DATA", `${where}: image ${i} has no caption.`);
    return texts.map((text) => tokenizer.encode(text, { contextLength, truncate: true }));
  });
}
