// Every figure of @rsdix/core-losses, value and gradient of batches of N pairs, 512 wide: tiled against dense, dense against the original's order of
// operations in TensorFlow.js, and against PyTorch where bench/backend/setup.mjs has put one. What is compared takes turns, and computes the same numbers.
// Writes bench/results/losses.json (rows left out keep their earlier figures) and draws losses.svg from it. Once before: npm run build.
//
//   npm run bench -- losses [--only memory,tiled-infoNCE,rsdixLoss] [--backend native,wasm] [--quick]
//
// --only: sections (memory, tiled, original, pytorch, share), losses, or section-loss. --quick: small and few, nothing written.
import { BACKENDS, listed, notListed, readArguments, refuse } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { measureRows, possible } from "../each.mjs";
import { drawFigure } from "./figure.mjs";
import { show } from "./results.mjs";
import { memory, original, pytorch, share, stepIsOfThisMachine, tiled } from "./sections.mjs";
import { torch } from "./sides.mjs";

const losses = ["infoNCE", "sigmoidLoss", "supervisedContrastive", "similarityMSE", "selfDistillationLoss", "rsdixLoss"];
/** Each section, with the losses and backends that it is for where it isn't for all. */
const sections = {
  memory: { measure: memory },
  tiled: { measure: tiled },
  original: { measure: original },
  pytorch: { measure: pytorch, backends: ["native"] },
  share: { measure: share, losses: ["rsdixLoss"], backends: ["native"] },
};
const pairs = Object.entries(sections).flatMap(([section, of]) => (of.losses ?? losses).map((loss) => ({ section, loss })));
const names = [...Object.keys(sections), ...losses];
const ways = [...names, ...pairs.map(({ section, loss }) => `${section}-${loss}`)];
const usage = "[--only SECTION | LOSS | SECTION-LOSS,...] [--backend NAME,...] [--quick]";
const { options } = readArguments(usage, {
  options: { only: { type: "string" }, backend: { type: "string", default: "native,wasm" }, quick: { type: "boolean", default: false } },
  check: ({ only, backend }) =>
    notListed("--only", only, ways, `${names.join(", ")}, or a section and its loss, as tiled-infoNCE`) ??
    notListed("--backend", backend, BACKENDS),
});
const { only, quick } = options;
const named = pairs.filter(
  ({ section, loss }) => only === undefined || listed(only).some((part) => [section, loss, `${section}-${loss}`].includes(part)),
);
const asked = listed(options.backend).flatMap((backend) =>
  named.filter(({ section }) => sections[section].backends?.includes(backend) ?? true).map((job) => ({ ...job, backend })),
);
if (asked.length === 0) refuse(`Nothing of --only ${only} is measured on ${options.backend}: it's for native.`, usage);
await installed(() => import("@rsdix/backend")); // here rather than in each process that is started
const obstacles = {
  pytorch: () => (torch.present ? undefined : "node bench/backend/setup.mjs makes what is needed"),
  share: () => (stepIsOfThisMachine() ? undefined : "npm run bench -- backend measures the training step on this machine"),
};
const wanted = possible(
  asked,
  ({ section }) => obstacles[section]?.(),
  ({ section }) => section,
);

const measure = (job) => sections[job.section].measure(job.loss, { backend: job.backend, quick });
const nameOf = ({ section, loss, backend }) => `${section}-${loss}, ${backend}`;
const code = await measureRows(quick ? undefined : "losses", wanted, measure, { nameOf, showRow: show });
if (!quick) await drawFigure();
process.exit(code);
