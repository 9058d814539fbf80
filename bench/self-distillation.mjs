// Does self-distillation help? The demo in full for several seeds, each with its own data set, split, weights and batches; both fine-tunings start from
// the same weights and see the same batches. Writes bench/results/self-distillation.json. About 6 minutes a seed.
//
//   npm run build && node bench/self-distillation.mjs [seeds, for example 1,2,3,4] [runs at once]
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listed, notCounts, readArguments } from "../scripts/lib/arguments.mjs";
import { scratchFolder } from "../scripts/lib/scratch-folder.mjs";
import { machine, range } from "./machine.mjs";
import { resultsOf, row } from "./rows.mjs";

const { args } = readArguments("[SEED,... such as 1,2,3,4] [RUNS AT ONCE]", {
  most: 2,
  check: (_, [list = "1", count = "1"]) =>
    /^\d{1,9}(,\d{1,9})*$/.test(list) ? notCounts({ "runs at once": count }) : `"${list}" is no list of seeds.`,
});
const [seeds, atOnce] = [listed(args[0] ?? "1,2,3,4").map(Number), Number(args[1] ?? 1)];
const root = fileURLToPath(new URL("..", import.meta.url));
const demo = join(root, "examples/demo/dist/main.js");
if (!existsSync(demo)) {
  console.error("The demo isn't built: npm ci and npm run build come first.");
  process.exit(1);
}
const scratch = scratchFolder("rsdix-bench-");

/** The same on every machine: another backend rounds otherwise, and training at this size ends elsewhere then. */
const BACKEND = "wasm";

function runSeed(seed) {
  const out = join(scratch, `report-${seed}`);
  const args = [demo, "--seed", seed, "--out", out, "--data", join(scratch, `data-${seed}`), "--backend", BACKEND].map(String);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`seed ${seed}: the demo ended with exit code ${code}`));
      const summary = JSON.parse(readFileSync(join(out, "summary.json"), "utf8"));
      const { clip, infoNceOnly, pretrained, baselines } = summary;
      console.log(
        `seed ${seed}: distilled ${clip.top1.toFixed(3)}, InfoNCE ${infoNceOnly.top1.toFixed(3)}, before ${pretrained.top1.toFixed(3)}, colour ${baselines.colourNearestNeighbour.toFixed(3)}`,
      );
      resolve(summary);
    });
  });
}

const waiting = [...seeds];
const summaries = new Map();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) summaries.set(seed, await runSeed(seed));
  }),
);

const runs = seeds.map((seed) => summaries.get(seed));
const distilled = "InfoNCE + Sinkhorn self-distillation";
const compare = (name, of, against, peerName) => {
  const [ours, peer] = [runs.map(of), runs.map(against)];
  const difference = range(ours.map((value, i) => value - peer[i]));
  const given = { higher: true, backend: runs[0].backend, machine: machine() };
  return row(name, "share of 1", ours, peer, { ...given, peerName, spread: { bySeed: { seeds, ours, peer }, difference } });
};
const metrics = [
  ["zero-shot top-1", "top1"],
  ["zero-shot balanced accuracy", "balancedTop1"],
  ["image-to-text recall at 10", "imageToTextR10"],
  ["text-to-image recall at 10", "textToImageR10"],
];
const results = metrics.flatMap(([title, metric]) => [
  compare(
    `${title}: ${distilled}`,
    (run) => run.clip[metric],
    (run) => run.infoNceOnly[metric],
    "InfoNCE alone, same start, steps and batches",
  ),
  compare(
    `${title}: ${distilled}`,
    (run) => run.clip[metric],
    (run) => run.pretrained[metric],
    "before fine-tuning",
  ),
]);
results.push(
  compare(
    `zero-shot top-1: ${distilled}`,
    (run) => run.clip.top1,
    (run) => run.baselines.colourNearestNeighbour,
    "1-nearest neighbour on mean and spread of colour",
  ),
  compare(
    "BLEU-4 per image: captioner, beams",
    (run) => run.captioner.bleu4,
    (run) => run.bestFixedCaption.bleu4,
    "best fixed caption",
  ),
  compare(
    "BLEU-4 corpus: captioner, beams",
    (run) => run.captioner.corpus.bleu4,
    (run) => run.bestFixedCaption.corpus.bleu4,
    "best fixed caption",
  ),
);
writeFileSync(resultsOf("self-distillation"), `${JSON.stringify(results, null, 2)}\n`);
for (const { name, peerName, ours, peer } of results) console.log(`${name}: ${ours.toFixed(3)} against ${peer.toFixed(3)} (${peerName})`);
