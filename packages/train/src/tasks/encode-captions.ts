import { fail } from "@rsdix/internal";

/** Token ids of every image's captions, made once; an image without a caption is an error that names it. */
export function encodeCaptions(
  where: string,
  captions: readonly (readonly string[])[],
  tokenizer: { encode(text: string, options: { contextLength: number; truncate: boolean }): number[] },
  contextLength: number,
): number[][][] {
  return captions.map((texts, i) => {
    if (texts.length === 0) fail("EMPTY_DATA", `${where}: image ${i} has no caption.`);
    return texts.map((text) => tokenizer.encode(text, { contextLength, truncate: true }));
  });
}
