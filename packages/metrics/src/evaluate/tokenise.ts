import { pacer } from "../progress";
import { checkLines, tokenLines } from "../ptb/ptb-tokenize";
import type { Captions } from "./metric";

/** How many captions are tokenised between two looks at the clock. */
const STEP = 200;

/**
 * The captions as coco-caption tokenises them: all references as one text, image after image, and all candidates as another.
 */
export async function tokenise(
  { candidates, references }: Captions,
  { signal, report }: { signal: AbortSignal | undefined; report: (done: number, total: number) => void },
): Promise<Captions> {
  checkLines(candidates, "candidates");
  references.forEach((captions, image) => {
    checkLines(captions, `references[${image}]`);
  });
  const all = references.flat();
  const total = all.length + candidates.length;
  const step = pacer({ onProgress: ({ done }) => report(done, total), signal }, "evaluate (tokens)", total);
  const read = async (captions: readonly string[], before: number) => {
    const lines: string[] = [];
    for (const line of tokenLines(captions, false)) {
      lines.push(line);
      if (lines.length % STEP === 0) await step(before + lines.length);
    }
    await step(before + lines.length);
    return lines;
  };
  const lines = await read(all, 0);
  let at = 0;
  const tokens = references.map(({ length }) => {
    at += length;
    return lines.slice(at - length, at);
  });
  return { candidates: await read(candidates, all.length), references: tokens };
}
