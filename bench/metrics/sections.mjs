// What is measured of the metrics, a section for each. Each gives rows; scores are compared before times are reported.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { spiceJava } from "@rsdix/metrics/node";
import { bundleSizes } from "../../scripts/lib/bundle-size.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { compare, meanAbsoluteDifference, pearson, tupleF1 } from "./agreement.mjs";
import { paths, versions } from "./peers.mjs";
import { runOurs, runPeer } from "./whole-process.mjs";

const COCO = `pycocoevalcap ${versions.pycocoevalcap}`;
const walls = (answers) => answers.map(({ wall }) => wall);
const seconds = (answers) => answers.map((answer) => answer.seconds);
const backend = "Node, calling thread";

function both(task, peerTask, rounds) {
  return answersInTurns([() => runOurs(task, "rsicd"), () => runPeer(peerTask, "rsicd")], rounds);
}

/** BLEU, ROUGE-L and CIDEr-D on the captions as they are; beside aac-metrics without what it imports, which takes longer than its scores. */
export async function ngram({ quick }) {
  const sides = [() => runOurs("ngram", "rsicd"), () => runPeer("ngram", "rsicd"), () => runPeer("aac", "rsicd")];
  const [ours, coco, aac] = await answersInTurns(sides, quick ? 1 : 9);
  const flat = ({ bleu, rougeL, ciderD, perImage }) => [...bleu, rougeL, ciderD, ...perImage];
  const name = "BLEU + ROUGE-L + CIDEr-D 1093x5";
  const difference = Math.max(...[coco, aac].map(([peer]) => compare(name, flat(ours[0]), flat(peer), 1e-9)));
  const given = { backend, spread: { difference } };
  return [
    row(name, "s", walls(ours), walls(coco), { ...given, peerName: COCO }),
    row(name, "s", walls(ours), walls(aac), { ...given, peerName: `aac-metrics ${versions.aacMetrics}` }),
    row(`${name} without start-up`, "s", seconds(ours), seconds(coco), { ...given, peerName: COCO }),
    row(`${name} without start-up`, "s", seconds(ours), seconds(aac), { ...given, peerName: `aac-metrics ${versions.aacMetrics}` }),
  ];
}

export async function ptb({ quick }) {
  const [ours, peer] = await both("ptb", "ptb", quick ? 1 : 9);
  compare("PTB 1093x5", ours[0].captions, peer[0].captions, 0);
  return [row("PTB 1093x5", "s", walls(ours), walls(peer), { backend, peerName: `${COCO}, PTBTokenizer of Stanford CoreNLP 3.4.1` })];
}

async function meteorRows(task, name, rounds) {
  const [ours, peer] = await both(task, task, rounds);
  const difference = compare(name, [ours[0].meteor, ...ours[0].perImage], [peer[0].meteor, ...peer[0].perImage], 1e-6);
  const given = { backend, peerName: `${COCO}, METEOR 1.5`, spread: { difference } };
  return [row(name, "s", walls(ours), walls(peer), given), row(`${name} without start-up`, "s", seconds(ours), seconds(peer), given)];
}

/** With METEOR's paraphrases: ours from an index that was built once, which METEOR hasn't. Then without. */
export async function meteor({ quick }) {
  const rounds = quick ? 1 : 5;
  return [
    ...(await meteorRows("meteor", "METEOR 1093x5", rounds)),
    ...(await meteorRows("meteor-plain", "METEOR 1093x5 without paraphrases", rounds)),
  ];
}

/** Times, and how far our parser's scores and tuples are from those of the original. */
export async function spice({ quick }) {
  const [ours, peer] = await both("spice", "spice", quick ? 1 : 3);
  const { candidates, references } = JSON.parse(readFileSync(paths.captions("rsicd"), "utf8"));
  const java = await spiceJava(candidates, references, {
    ...{ jar: paths.spiceJar, scriptEngine: paths.nashorn },
    cache: paths.spiceCache, // the peer's last run left it what references say
  });
  compare("spiceJava", java.perImage, peer[0].perImage, 1e-12);
  const tuples = await runOurs("spice-tuples", "rsicd");
  const f1 = tupleF1(
    tuples.candidates,
    java.details.map(({ candidateTuples }) => candidateTuples),
  );
  const ofReferences = tupleF1(
    tuples.references,
    java.details.map(({ referenceTuples }) => referenceTuples),
  );
  const [a, b] = [ours[0].perImage, java.perImage];
  const peerName = `${COCO}, SPICE 1.0 with Stanford CoreNLP ${versions.corenlp}`;
  const asked = (limit) => ({ backend, peerName: `what is asked of it: ${limit}`, spread: { against: peerName } });
  const times = { backend, peerName, spread: { scores: { ours: ours[0].spice, peer: java.spice } } };
  return [
    row("SPICE 1093x5", "s", walls(ours), walls(peer), times),
    row("SPICE 1093x5: Pearson correlation of scores", "r", [pearson(a, b)], [0.95], { ...asked("at least 0.95"), higher: true }),
    row("SPICE 1093x5: mean absolute difference of scores", "score", [meanAbsoluteDifference(a, b)], [0.03], asked("at most 0.03")),
    row("SPICE 1093x5: F1 of the candidates' tuples", "F1", [f1], [0.85], { ...asked("at least 0.85"), higher: true }),
    row("SPICE 1093x5: F1 of the references' tuples", "F1", [ofReferences], [0.85], { ...asked("at least 0.85"), higher: true }),
  ];
}

/** NWPU-Captions' size, all text metrics, start-up included, by workers. */
export async function all({ quick }) {
  const [answers] = await answersInTurns([() => runOurs("all", "nwpu")], quick ? 1 : 3);
  if (answers[0].skipped?.length > 0) throw new Error(`skipped: ${JSON.stringify(answers[0].skipped)}`);
  const limit = (values, of) => [values, values.map(() => of)];
  const given = { backend: "Node, 2 workers", spread: { timings: answers[0].timings } };
  const peaks = answers.map(({ peakBytes }) => peakBytes / 1e6);
  return [
    row("157,500 captions, all text metrics", "s", ...limit(walls(answers), 60), { ...given, peerName: "what is asked of it: under 60 s" }),
    row("157,500 captions, all text metrics: peak memory", "MB", ...limit(peaks, 1000), {
      ...given,
      peerName: "what is asked of it: 1 GB",
    }),
  ];
}

/** What a bundle takes of a download, and what the package does with its data. */
export async function size() {
  const dir = fileURLToPath(new URL("../../packages/metrics", import.meta.url));
  const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  const sizes = await bundleSizes({ dir, manifest });
  const sizeOf = (entry) => sizes.find(({ path, import: names }) => path === entry && names === "*").size;
  const [bundle, retrieval] = ["dist/index.js", "dist/retrieval.js"].map(sizeOf);
  const published = readdirSync(join(dir, "dist"), { recursive: true }).map((name) => join(dir, "dist", name));
  const files = published.filter((path) => statSync(path).isFile());
  const packed = files.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
  const jars = readdirSync(paths.spiceLib).map((name) => statSync(join(paths.spiceLib, name)).size);
  const tools = [...jars, ...[paths.spiceJar, paths.meteorJar, paths.paraphrases].map((path) => statSync(path).size)];
  const peer = tools.reduce((sum, bytes) => sum + bytes, 0);
  const given = { backend: "gzip", peerName: `the jars and data of ${COCO} and Stanford CoreNLP ${versions.corenlp}` };
  return [
    row("all that @rsdix/metrics exports, minified, without data", "kB", [bundle / 1000], [40], {
      ...given,
      peerName: "what is asked of it: 40 kB",
    }),
    row("all that @rsdix/metrics/retrieval exports, minified", "kB", [retrieval / 1000], [40], {
      ...given,
      peerName: "what is asked of the captioning metrics: 40 kB",
    }),
    row("@rsdix/metrics with its data", "kB", [packed / 1000], [peer / 1000], given),
  ];
}
