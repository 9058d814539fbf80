// What @rsdix/train costs around the model. A step of `fit` (data, teacher's moving average, optimiser, checks, log) against the loss and its gradients alone,
// in turns, on CLIP ViT-B/16 with its text tower; AdamW that moves the average in its own pass against two passes; trainings that are killed. Writes
// bench/results/train.json (rows left out keep their earlier figures). Once before: npm run build.
//
//   npm run bench -- train [--only step,average,kill] [--backend native] [--batch 8] [--quick]
//
// --quick: small towers, few rounds, nothing written.
import { BACKENDS, listed, notCounts, notListed, notOneOf, readArguments } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { measureRows } from "../each.mjs";

const { startBackend } = await installed(() => import("@rsdix/backend"));
const { kill } = await installed(() => import("./kill.mjs"));
const { average, step } = await installed(() => import("./sections.mjs"));

const sections = { step, average, kill };
const names = Object.keys(sections);
const { options } = readArguments("[--only SECTION,...] [--backend NAME] [--batch COUNT] [--quick]", {
  options: {
    only: { type: "string", default: names.join(",") },
    backend: { type: "string", default: "native" },
    batch: { type: "string", default: "8" },
    quick: { type: "boolean", default: false },
  },
  check: ({ only, backend, batch }) =>
    notListed("--only", only, names) ?? notOneOf("--backend", backend, BACKENDS) ?? notCounts({ "--batch": batch }),
});
const wanted = listed(options.only);

await startBackend(options.backend);
const given = { ...options, batch: Number(options.batch) };
process.exit(await measureRows(options.quick ? undefined : "train", wanted, (section) => sections[section](given)));
