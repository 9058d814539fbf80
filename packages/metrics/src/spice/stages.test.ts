import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import java from "../fixtures/spice.json";
import golden from "../fixtures/spice-labels.json";
import { loadWordNet } from "../wordnet/load-wordnet";
import { analyseCaption } from "./analyse-caption";
import { graphTuples } from "./caption-tuples";
import { collapse } from "./collapse";
import type { DependencyGraph } from "./dependency-graph";
import { lemmaOf } from "./lemma";
import { readParserModel } from "./parser-model";
import { SceneGraph } from "./scene-graph";
import { sentencesOf } from "./sentences";
import { EDGE, wordShape } from "./tag-features";

// What CoreNLP 3.6.0 makes of captions written by hand, none of them among the parser's training texts.
type Sentence = [words: string, tags: string, lemmas: string, heads: number[], names: string, arcs: string];
const model = readParserModel(new Uint8Array(gunzipSync(readFileSync(new URL("../spice-parser.bin", import.meta.url)))));
const entries = golden as { caption: string; sentences: Sentence[] }[];
const sentences = entries.flatMap((entry) => entry.sentences);

const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
const written = (graph: DependencyGraph) =>
  new Set(graph.arcs.map(({ governor, dependent, relation }) => `${governor + 1}>${dependent + 1}:${relation}`));

function graphOf([words, tags, , heads, names]: Sentence): DependencyGraph {
  const tagList = tags.split(" ");
  const tokens = words.split(" ").map((word, i) => ({ word, tag: tagList[i]!, lemma: lemmaOf(word, tagList[i]!, model.words) }));
  return collapse(tokens, heads, names.split(" "), model.words);
}

describe("the stages of the caption parser", () => {
  it("splits as CoreNLP", () => {
    const hits = entries.map(({ caption, sentences: expected }) => {
      const got = sentencesOf(caption).map((words) => words.join(" "));
      return JSON.stringify(got) === JSON.stringify(expected.map(([words]) => words));
    });
    expect(share(hits)).toBeGreaterThan(0.99);
  });

  it("gives nouns, verbs and adjectives CoreNLP's base forms", () => {
    const hits = sentences.flatMap(([words, tags, lemmas]) =>
      words
        .split(" ")
        .map((word, i) => ({ word, tag: tags.split(" ")[i]!, lemma: lemmas.split(" ")[i]! }))
        .filter(({ tag }) => /^[NVJ]/.test(tag))
        .map(({ word, tag, lemma }) => lemmaOf(word, tag, model.words) === lemma.toLowerCase()),
    );
    expect(share(hits)).toBeGreaterThan(0.995);
  });

  it("collapses dependencies as CoreNLP", () => {
    const hits = sentences.map((sentence) => {
      const got = written(graphOf(sentence));
      const expected = sentence[5].split(" ").filter((arc) => arc !== "");
      return got.size === expected.length && expected.every((arc) => got.has(arc));
    });
    expect(share(hits)).toBeGreaterThan(0.98);
  });

  it("finds SPICE's tuples in CoreNLP's dependencies", async () => {
    const wordnet = await loadWordNet();
    const expected = new Map(java.captions.map((caption, i) => [caption, java.tuples[i]]));
    const text = (tuples: readonly (readonly string[])[]) =>
      tuples
        .map((tuple) => tuple.map((words) => words.split("/").sort().join("/")).join(","))
        .sort()
        .join(";");
    const hits = entries.map(({ caption, sentences: labelled }) => {
      const tuples = SceneGraph.of(
        labelled.map(graphOf).flatMap((graph) => graphTuples(graph, model.words)),
        wordnet,
      ).tuples();
      const got = text(tuples.map((tuple) => tuple.map(({ words }) => words.join("/"))));
      const wanted = expected
        .get(caption)!
        .split(";")
        .filter((tuple) => tuple !== "");
      return got === text(wanted.map((tuple) => tuple.split(",")));
    });
    expect(share(hits)).toBeGreaterThan(0.98);
  });

  it("tags and parses most of it as CoreNLP", () => {
    let tags = 0;
    let arcs = 0;
    let found = 0;
    let wanted = 0;
    let count = 0;
    for (const { caption, sentences: expected } of entries) {
      analyseCaption(caption, model).forEach((graph, k) => {
        const [words, gold, , , , collapsed] = expected[k] ?? ["", "", "", [], "", ""];
        if (words.split(" ").length !== graph.tokens.length) return;
        gold.split(" ").forEach((tag, i) => {
          count++;
          if (graph.tokens[i]!.tag === tag) tags++;
        });
        const got = written(graph);
        const all = collapsed.split(" ").filter((arc) => arc !== "");
        found += got.size;
        wanted += all.length;
        arcs += all.filter((arc) => got.has(arc)).length;
      });
    }
    console.log("Caption parser against CoreNLP on hand-written captions: tags", tags / count, "arcs, F1", (2 * arcs) / (found + wanted));
    expect(tags / count).toBeGreaterThan(0.94);
    expect((2 * arcs) / (found + wanted)).toBeGreaterThan(0.82);
  });
});

it("what stands before a sentence is what a character is that is in no word", () => {
  expect(EDGE).toEqual(wordShape("\0"));
});
