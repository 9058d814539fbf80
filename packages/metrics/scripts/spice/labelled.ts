import { readFileSync } from "node:fs";

/** One sentence as the reference parser labels it. */
export interface Labelled {
  readonly words: string[];
  readonly tags: string[];
  readonly lemmas: string[];
  /** Numbers of words from 0; the count of words for the root. */
  readonly heads: number[];
  readonly labels: string[];
  /** Collapsed, CC-processed arcs: governor, dependent (words from 0, -1 the root), name. */
  readonly collapsed: [number, number, string][];
}

/** Reads the labeller's output: texts with their sentences. */
export function readLabelled(path: string): { text: string; sentences: Labelled[] }[] {
  const out: { text: string; sentences: Labelled[] }[] = [];
  let rows: string[][] = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("#t ")) {
      out.push({ text: line.slice(3), sentences: [] });
      rows = [];
    } else if (line.startsWith("#c")) {
      const collapsed = [...line.matchAll(/ (\d+)>(\d+):(\S+)/g)].map((m): [number, number, string] => [
        Number(m[1]) - 1,
        Number(m[2]) - 1,
        m[3]!,
      ]);
      const n = rows.length;
      out.at(-1)!.sentences.push({
        words: rows.map((row) => row[0]!),
        tags: rows.map((row) => row[1]!),
        lemmas: rows.map((row) => row[2]!),
        heads: rows.map((row) => (Number(row[3]) > 0 ? Number(row[3]) - 1 : n)),
        labels: rows.map((row) => row[4]!),
        collapsed,
      });
      rows = [];
    } else if (line.includes("\t")) rows.push(line.split("\t"));
  }
  return out;
}
