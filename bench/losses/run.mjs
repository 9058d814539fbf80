// Every figure of @rsdix/core-losses, value and gradient of batches of N pairs, 512 wide: tiled against dense, dense against the original's order of
// operations in TensorFlow.js, and against PyTorch where bench/backend/setup.mjs has put one. What is compared takes turns, and computes the same numbers.
// Writes bench/results/losses.json (rows left out keep their earlier figures) and draws losses.svg from it. Once before: npm run build.
//
//   npm run bench -- losses [--only memory,tiled-infoNCE,rsdixLoss] [--backend native,wasm] [--quick]
//
// --only: sections (memory, tiled, original, pytorch, share), losses, or section-loss. --quick: small and few, nothing written.
import { BACKENDS, notListed, readArguments } from "../../scripts/lib/arguments.mjs";
import { drawFigure } from "./figure.mjs";
import { keep, show } from "./results.mjs";
import { memory, original, pytorch, share, tiled } from "./sections.mjs";
import { torch } from "./sides.mjs";

const losses = ["infoNCE", "sigmoidLoss", "supervisedContrastive", "similarityMSE", "selfDistillationLoss", "rsdixLoss"];
const sections = { memory, tiled, original, pytorch, share };
const names = [...Object.keys(sections), ...losses];
const { options } = readArguments("[--only SECTION | LOSS | SECTION-LOSS,...] [--backend NAME,...] [--quick]", {
  options: { only: { type: "string" }, backend: { type: "string", default: "native,wasm" }, quick: { type: "boolean", default: false } },
  check: ({ only, backend }) =>
    notListed("--only", only?.replaceAll(/(\w+)-(?=\w)/g, "$1,"), names) ?? notListed("--backend", backend, BACKENDS),
});
const { only, quick } = options;
const jobs = options.backend
  .split(",")
  .flatMap((backend) => Object.keys(sections).flatMap((section) => losses.map((loss) => ({ section, loss, backend }))));
const wanted = jobs.filter(
  ({ section, loss }) => !only || only.split(",").some((part) => [section, loss, `${section}-${loss}`].includes(part)),
);
if (!torch.present) console.log("No PyTorch: its rows are left out (node bench/backend/setup.mjs brings it).");

const begin = performance.now();
let failed = false;
for (const { section, loss, backend } of wanted) {
  const started = performance.now();
  try {
    const rows = await sections[section](loss, { backend, quick });
    if (rows.length === 0) continue;
    const seconds = (from) => Math.round((performance.now() - from) / 1000);
    console.log(`${section}-${loss}, ${backend}: ${seconds(started)} s (${seconds(begin)} s in all)`);
    for (const row of rows) show(row);
    if (!quick) keep(rows);
  } catch (error) {
    failed = true;
    console.error(
      `${section}-${loss}, ${backend} FAILED: ${error.message.split("\n").find((line) => /Error:/.test(line)) ?? error.message}`,
    );
  }
}
if (!quick) await drawFigure();
process.exit(failed ? 1 : 0);
