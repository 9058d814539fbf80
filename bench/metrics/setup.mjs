// Makes the reference tools and the captions in the folder of bench/backend's (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): PyTorch (about 6 GB,
// as for bench/models), aac-metrics, pycocoevalcap with its Java programs (105 MB), Stanford CoreNLP 3.6.0 with its models (385 MB) and Nashorn (3 MB)
// from Maven, the seeded captions, and our index of METEOR's paraphrases. Needs python3 with venv, Java and Maven, and npm run build. What is there
// already stays.
//
//   node bench/metrics/setup.mjs
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { pip, run } from "../backend/installing.mjs";
import { artifacts, here, paths, REFERENCES, SETS, versions } from "./peers.mjs";

readArguments("");
await installed(() => import("@rsdix/metrics")); // before anything is fetched: the index of paraphrases is made by it

const fetched = (what) => console.log(`fetched ${what}`);
for (const folder of [paths.site, paths.nashorn, dirname(join(paths.plainMeteorJar)), join(dirname(paths.plainMeteorJar), "data")]) {
  mkdirSync(folder, { recursive: true });
}

pip(`torch==${versions.torch}`, `numpy==${versions.numpy}`, "transformers", "pyyaml", "tqdm", "requests");
// Without what they depend on: models and image tools that no figure here runs.
for (const [name, version] of Object.entries({ "aac-metrics": versions.aacMetrics, pycocoevalcap: versions.pycocoevalcap })) {
  if (existsSync(join(paths.site, `${name.replace("-", "_")}-${version}.dist-info`))) continue;
  pip("--no-deps", "--target", paths.site, `${name}==${version}`);
  fetched(`${name} ${version}`);
}
for (const { coordinates, into, file } of artifacts) {
  if (existsSync(file)) continue;
  run("mvn", ["--quiet", "--batch-mode", "dependency:copy", `-Dartifact=${coordinates}`, `-DoutputDirectory=${into}`]);
  fetched(`${coordinates}, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
}

copyFileSync(paths.meteorJar, paths.plainMeteorJar);
writeFileSync(join(dirname(paths.plainMeteorJar), "data", "paraphrase-en.gz"), gzipSync(""));

const grammar = join(here, "..", "..", "golden", "captions.py");
for (const [set, { images, seed }] of Object.entries(SETS)) {
  const captions = execFileSync(paths.python, [grammar, ...[images, REFERENCES, seed].map(String)], { maxBuffer: 2 ** 28 });
  writeFileSync(paths.captions(set), captions);
}
run(process.execPath, [join(here, "ours.mjs"), "index", paths.captions("rsicd")]);
console.log(`The tools and the captions are in ${paths.folder}`);
