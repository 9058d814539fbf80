// Where the reference tools and the captions of the benchmark live: outside the repository, made by setup.mjs, never needed by a test.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths as backendPaths, benchEnvironment, peersFolder, versions as pinned } from "../backend/peers.mjs";

/** Pinned: what the results name. */
export const versions = {
  torch: pinned.torch,
  numpy: pinned.numpy,
  aacMetrics: "0.4.2",
  pycocoevalcap: "1.2",
  corenlp: "3.6.0",
  nashorn: "15.4",
  asm: "7.3.1",
};

/** The captions: RSICD's test set by size, and NWPU-Captions. */
export const SETS = { rsicd: { images: 1093, seed: 1 }, nwpu: { images: 31_500, seed: 2 } };
export const REFERENCES = 5;

const folder = join(peersFolder, "metrics");
const site = join(folder, "site");
const tools = join(site, "pycocoevalcap");
export const paths = {
  python: backendPaths.python,
  folder,
  site,
  meteorJar: join(tools, "meteor", "meteor-1.5.jar"),
  /** METEOR's jar beside a table of paraphrases without entries. */
  plainMeteorJar: join(folder, "meteor-plain", "meteor-1.5.jar"),
  paraphrases: join(tools, "meteor", "data", "paraphrase-en.gz"),
  /** Our index of them, built once. */
  paraphraseIndex: join(folder, "paraphrases.bin"),
  spiceJar: join(tools, "spice", "spice-1.0.jar"),
  spiceCache: join(tools, "spice", "cache"),
  spiceLib: join(tools, "spice", "lib"),
  nashorn: join(folder, "nashorn"),
  captions: (set) => join(folder, `captions-${set}.json`),
};

/** What Maven brings: a file, and the coordinates that it is known by. */
export const artifacts = [
  ["stanford-corenlp", `edu.stanford.nlp:stanford-corenlp:${versions.corenlp}`, paths.spiceLib],
  ["stanford-corenlp", `edu.stanford.nlp:stanford-corenlp:${versions.corenlp}:jar:models`, paths.spiceLib],
  ["nashorn-core", `org.openjdk.nashorn:nashorn-core:${versions.nashorn}`, paths.nashorn],
  ...["asm", "asm-analysis", "asm-commons", "asm-tree", "asm-util"].map((name) => [
    name,
    `org.ow2.asm:${name}:${versions.asm}`,
    paths.nashorn,
  ]),
].map(([name, coordinates, into]) => {
  const [, , version, , classifier] = coordinates.split(":");
  return { coordinates, into, file: join(into, `${[name, version, classifier].filter(Boolean).join("-")}.jar`) };
});

const coco = [paths.python, tools, paths.captions("rsicd")];
const jars = artifacts.map(({ file }) => file);

/** What setup.mjs makes for each section. */
export const needs = {
  ngram: [...coco, join(site, "aac_metrics")],
  ptb: coco,
  meteor: [...coco, paths.meteorJar, paths.plainMeteorJar, paths.paraphraseIndex],
  spice: [...coco, paths.spiceJar, ...jars],
  all: [paths.captions("nwpu"), paths.paraphraseIndex],
  retrieval: [paths.python],
  size: [paths.spiceJar, paths.meteorJar, paths.paraphrases, ...jars],
};

/** What SPICE's cache looks into, and Java 9 and later keep closed; and the JavaScript engine that it writes results with, which Java 15 lost. */
const OPENED = ["java.lang", "java.lang.reflect", "java.math", "java.util", "java.util.concurrent", "java.net", "java.text", "java.io"];
const JAVA = [
  ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  `"--module-path=${paths.nashorn}"`,
  "--add-modules=org.openjdk.nashorn",
];

/** The environment of every process that is timed. */
export const environment = () => benchEnvironment(2, { JDK_JAVA_OPTIONS: JAVA.join(" "), PYTHONPATH: paths.site });

export const here = fileURLToPath(new URL(".", import.meta.url));
