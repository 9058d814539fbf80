// What is decoded: prompts of 40 tokens, 30 more, of GPT-2 small with random weights.
import { createNumbers, INPUTS } from "../backend/numbers.mjs";
import { GPT2_SMALL } from "../backend/weights.mjs";

export const PROMPT = 40;
export const GENERATED = 30;
export const SAMPLING = { p: 0.9, topK: 50, temperature: 1 };

/** The prompts' ids, [rows, PROMPT] row-major. */
export const promptIds = (rows) => createNumbers(INPUTS).ids(rows * PROMPT, GPT2_SMALL.vocabulary);

/** `gpt2-greedy-b8` is 8 images decoded greedily; `peerRows` are the rows that the peer decodes for the same work. */
export function workload(id) {
  const [, way, size] = id.split("-");
  const rows = Number(size.slice(1));
  return { way, rows, beams: 5, peerRows: way === "beams" ? 5 * rows : rows };
}
