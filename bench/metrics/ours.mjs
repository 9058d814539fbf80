// Our metrics on a file of captions, one task a process. Writes a JSON file of scores, of seconds that the task took without start-up, and of peak memory.
//
//   node ours.mjs TASK CAPTIONS OUT      tasks: ngram, ptb, meteor, meteor-plain, spice, spice-tuples, all; and index, without OUT: the index of METEOR's
//   paraphrases
import { readFileSync, writeFileSync } from "node:fs";
import { processBytes } from "../process-bytes.mjs";

const [task, captions, out] = process.argv.slice(2);
const { candidates, references } = JSON.parse(readFileSync(captions, "utf8"));
let begin = performance.now();

/** Where METEOR's paraphrases lie. Only what a task needs is loaded, as a program would. */
const { paraphrases, paraphraseIndex } = /^(?:meteor|all|index)$/.test(task) ? (await import("./peers.mjs")).paths : {};
const tasks = {
  ngram: async () => {
    const { bleu, ciderD, rougeL } = await import("@rsdix/metrics/ngrams");
    begin = performance.now();
    const { bleu1, bleu2, bleu3, bleu4 } = bleu(candidates, references).averages.corpus;
    const cider = ciderD(candidates, references);
    return {
      ...{ bleu: [bleu1, bleu2, bleu3, bleu4], rougeL: rougeL(candidates, references).rougeL },
      ...{ ciderD: cider.ciderD, perImage: cider.perImage },
    };
  },
  ptb: async () => {
    const { ptbTokenize } = await import("@rsdix/metrics");
    begin = performance.now();
    return { captions: ptbTokenize(candidates.flatMap((candidate, i) => [candidate, ...references[i]])) };
  },
  meteor: () => meteorWith(paraphraseIndex),
  "meteor-plain": () => meteorWith(undefined),
  spice: async () => {
    const score = await spiceScorer();
    score(["a road"], [["a road"]]); // answered once all is read
    begin = performance.now();
    const { spice, perImage } = score(candidates, references);
    return { spice, perImage };
  },
  // Of each image both graphs: tuples, each place the words that were found to mean the same.
  "spice-tuples": async () => {
    const { explain } = await import("@rsdix/metrics");
    const explained = await Promise.all(candidates.map((candidate, i) => explain(candidate, references[i])));
    const tuples = (side) => explained.map((image) => image[side].map(({ tuple }) => tuple));
    return { candidates: tuples("candidate"), references: tuples("references") };
  },
  all: async () => {
    const { evaluate, loadParaphrases } = await import("@rsdix/metrics");
    begin = performance.now();
    const metrics = ["bleu", "rougeL", "meteor", "ciderD", "spice", "spider", "vocab"];
    const options = { metrics, profile: "coco", workers: 2, paraphrases: await loadParaphrases(paraphraseIndex) };
    const { scores, skipped, timings } = await evaluate(candidates, references, options);
    return { scores, skipped, timings };
  },
  index: async () => {
    const { loadParaphrases, saveParaphrases } = await import("@rsdix/metrics");
    writeFileSync(paraphraseIndex, saveParaphrases(await loadParaphrases(paraphrases)));
  },
};

async function spiceScorer() {
  const { createSpice, loadSpiceParser, loadWordNet } = await import("@rsdix/metrics");
  return createSpice({ wordnet: await loadWordNet(), parser: await loadSpiceParser() });
}

async function meteorWith(index) {
  const { createMeteor, loadParaphrases, loadWordNet } = await import("@rsdix/metrics");
  const wordnet = await loadWordNet();
  const scorer = createMeteor({ wordnet, ...(index && { paraphrases: await loadParaphrases(index) }) });
  scorer.score("a road", ["a road"]); // answered once all is read
  begin = performance.now();
  const { averages, perImage } = scorer.scoreAll(candidates, references);
  return { meteor: averages.corpus, perImage };
}

const scores = await tasks[task]();
const seconds = (performance.now() - begin) / 1000;
const peakBytes = processBytes().peak;
if (out) writeFileSync(out, JSON.stringify({ ...scores, seconds, peakBytes }));
