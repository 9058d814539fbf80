// Every figure of @rsdix/models beside @huggingface/transformers: images, texts, captions and tokens a second, load time, peak memory, and installed size.
// Both sides hold the same random weights, on two threads; embeddings and ids are compared before they are timed, and sides take turns. Ids and pixels
// come in: tokenizers and image processors aren't timed. Writes bench/results/models.json (rows left out keep their earlier figures) and draws
// models.svg from it. Once before: node bench/models/setup.mjs, and npm run build.
//
//   npm run bench -- models [--only load,clip-image] [--backend native,wasm] [--quick]
//
// --only: sections (throughput, load, memory, size), or what is measured (clip-image, load-gpt2). --quick: one run each, nothing written.
import { BACKENDS, listed, notListed, readArguments, refuse } from "../../scripts/lib/arguments.mjs";
import { installed } from "../../scripts/lib/installed.mjs";
import { measureRows } from "../each.mjs";
import { leaveOut } from "../machine.mjs";
import { drawFigure } from "./figure.mjs";
import { loadMemory, trainMemory } from "./memory.mjs";
import { present } from "./peers.mjs";
import { loadMemories, loads, throughputs, trainMemories } from "./rows.mjs";
import { load, size, throughput } from "./sections.mjs";

const sections = [
  { section: "throughput", measure: throughput, rows: throughputs },
  { section: "load", measure: load, rows: loads },
  { section: "memory", measure: loadMemory, rows: loadMemories },
  { section: "memory", measure: trainMemory, rows: trainMemories },
  { section: "size", measure: size, rows: [{ kind: "size", name: "installed size" }] },
];
const names = [...sections.map(({ section }) => section), ...sections.flatMap(({ rows }) => rows.map(({ kind }) => kind))];
const usage = "[--only SECTION | ROW,...] [--backend NAME,...] [--quick]";
const { options } = readArguments(usage, {
  options: { only: { type: "string" }, backend: { type: "string", default: "native,wasm" }, quick: { type: "boolean", default: false } },
  check: ({ only, backend }) => notListed("--only", only, names) ?? notListed("--backend", backend, BACKENDS),
});
const { only, quick } = options;
const jobs = listed(options.backend).flatMap((backend) =>
  sections.flatMap(({ section, measure, rows }) => rows.map((row) => ({ section, measure, row, backend }))),
);
const named = jobs.filter(({ row, backend }) => row.backends?.includes(backend) ?? true);
const wanted = named.filter(({ section, row }) => !only || listed(only).some((part) => part === section || part === row.kind));
if (wanted.length === 0) refuse(`Nothing of --only ${only} is measured on ${options.backend}: it's for native.`, usage);
await installed(() => import("@rsdix/backend")); // here rather than in each process that is started
if (!present) leaveOut("The peer and the models aren't there: node bench/models/setup.mjs makes them.");

const measure = (job) => job.measure(job.row, { backend: job.backend, quick });
const nameOf = ({ row, backend }) => `${row.kind}, ${backend}`;
const code = await measureRows(quick ? undefined : "models", wanted, measure, { nameOf });
if (!quick) await drawFigure();
process.exit(code);
